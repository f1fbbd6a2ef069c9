import assert from "node:assert/strict";
import { isIP } from "node:net";
import { parseProxyHeader } from "#src/io/proxy-protocol.js";

/** The result is a header, or a problem. It does not depend on the bytes after it, and no shorter beginning has it. */
export function holds(bytes: Buffer): void {
  const parsed = parseProxyHeader(bytes);
  if (parsed.kind === "incomplete") return;
  assert.deepEqual(parseProxyHeader(Buffer.concat([bytes, Buffer.from("GET / HTTP/1.1\r\n\r\n")])), parsed);
  if (parsed.kind === "malformed") return assert.match(parsed.problem, /^begins with /);
  const { header, length } = parsed;
  assert.ok(length <= bytes.length);
  assert.equal(parseProxyHeader(bytes.subarray(0, length - 1)).kind, "incomplete");
  for (const end of [header.source, header.destination]) {
    if (end === null || typeof end === "string") continue;
    assert.ok(isIP(end[0]) > 0 && end[1] >= 0 && end[1] <= 65_535);
  }
  assert.ok(!header.isLocal || header.source === null);
}
