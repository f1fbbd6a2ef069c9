import assert from "node:assert/strict";
import { fieldLine, statusLine } from "#src/http1/response-head.js";

/** A response can't be split, for any values that a handler passes. */
export function holds(bytes: Buffer): void {
  const text = bytes.toString("utf8");
  const [name = "", value = ""] = text.split("=", 2);
  for (const make of [() => fieldLine(name, value).text, () => statusLine("HTTP/1.1", 200, text)]) {
    const line = unlessRefused(make);
    if (line !== undefined) assert.match(line, /^[\t\x20-\x7e\x80-\xff]*\r\n$/);
  }
}

/** A `TypeError` is a correct result for forbidden values. */
function unlessRefused<T>(make: () => T): T | undefined {
  try {
    return make();
  } catch (error) {
    assert.ok(error instanceof TypeError, String(error));
    return undefined;
  }
}
