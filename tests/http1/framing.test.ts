import assert from "node:assert/strict";
import test from "node:test";
import { runInNewContext } from "node:vm";
import { requestFraming } from "#src/http1/framing.js";
import { ProtocolError } from "#src/http1/protocol-error.js";
import { PATIENCE } from "../support/servers.js";

test("`requestFraming` accepts the largest safe integer as a length", () => {
  const framing = requestFraming([], [String(Number.MAX_SAFE_INTEGER)], 1);
  assert.deepEqual(framing, { kind: "length", length: Number.MAX_SAFE_INTEGER });
});

test("`requestFraming` judges a long value at a cost that is linear in its length", () => {
  // A single regular expression for list members would be tried at each of these spaces, and take hours.
  const value = `5${" ".repeat(1024 * 1024)}6`;
  for (const [codings, lengths] of [
    [[value], []],
    [[], [value]],
  ] as const) {
    const judge = () => assert.throws(() => requestFraming(codings, lengths, 1), ProtocolError);
    runInNewContext("judge()", { judge }, { timeout: PATIENCE });
  }
});
