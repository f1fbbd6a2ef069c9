import assert from "node:assert/strict";
import { parseConfig } from "#src/cli/config-file.js";
import { UsageError } from "#src/cli/option.js";

const MEMBERS_OF_ALL = Object.getOwnPropertyNames(Object.prototype).length;

/** The result is settings, or an error for people; never another error. Nothing becomes a member of every object. */
export function holds(bytes: Buffer): void {
  const settings = parseConfig(bytes.toString("utf8"), "pyserve.json");
  if (settings instanceof UsageError) assert.doesNotMatch(settings.message, /undefined|\[object/);
  else assert.equal(Object.getPrototypeOf(settings), Object.prototype);
  assert.equal(Object.getOwnPropertyNames(Object.prototype).length, MEMBERS_OF_ALL);
}
