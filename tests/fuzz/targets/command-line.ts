import assert from "node:assert/strict";
import { parseCommandLine } from "#src/cli/command-line.js";
import { UsageError } from "#src/cli/option.js";

/** The result is settings, or an error for people; never another error. A line of the input is an argument. */
export function holds(bytes: Buffer): void {
  const settings = parseCommandLine(bytes.toString("utf8").split("\n"));
  assert.ok(settings instanceof UsageError || typeof settings === "object");
}
