import assert from "node:assert/strict";
import test from "node:test";
import { CONFORMANCE } from "../conformance/table.js";
import { assertCutsAlike, bytesOf, outcomeOf } from "../support/protocol-rows.js";

const BEHIND = "GET /behind HTTP/1.1\r\nHost: h\r\n\r\n";

for (const { section, name, sent, code, ways } of Object.values(CONFORMANCE).flat()) {
  if (code === undefined) continue;
  const ends = ways.length === 1 && ways[0] === "before the end of the input";
  test(`\`ServerConnection\` refuses ${name}, however it is cut: ${code} (RFC ${section})`, () => {
    for (const bytes of sent) {
      const outcome = outcomeOf([bytesOf(bytes)], { ends });
      assert.equal(outcome.end, code, JSON.stringify(bytes.slice(0, 200)));
      assertCutsAlike(outcome, { bytes, ends });
      if (!ends) assert.deepEqual(outcomeOf([bytesOf(bytes + BEHIND)]), outcome, "nothing behind it is read");
    }
  });
}
