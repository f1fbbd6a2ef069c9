import assert from "node:assert/strict";
import test from "node:test";
import { MemoryFile } from "#src/files/content.js";
import { digestFields, sha256Of, wantsSha256 } from "#src/files/digest-fields.js";

const wants: readonly (readonly [want: string | null, expected: boolean])[] = [
  [null, true],
  ["sha-256=1", true],
  ["sha-512=3, sha-256=10, unixsum=0", true],
  ["sha-256=1;x=2", true],
  ["sha-256=0", false],
  ["sha-512=3", false],
  ["sha-256", false],
  ["sha-2567=1", false],
  ["", false],
];
for (const [want, expected] of wants)
  test(`\`wantsSha256\` says ${expected} for Want-Repr-Digest: ${want}`, () =>
    assert.equal(wantsSha256(want), expected));

test("`digestFields` are those of RFC 9530, B.1", async () => {
  const content = Buffer.from('{"hello": "world"}\n');
  const digest = await sha256Of(new MemoryFile(content), content.length);
  assert.deepEqual(digestFields(digest, true), [
    ["Repr-Digest", "sha-256=:RK/0qy18MlBSVnWgjwz6lZEWjP/lF5HF9bvEF8FabDg=:"],
    ["Content-Digest", "sha-256=:RK/0qy18MlBSVnWgjwz6lZEWjP/lF5HF9bvEF8FabDg=:"],
  ]);
  assert.deepEqual(
    digestFields(digest, false).map(([name]) => name),
    ["Repr-Digest"],
  );
});

test("after `sha256Of`, the content is read from its beginning", async () => {
  const content = new MemoryFile(Buffer.from("hello"));
  await sha256Of(content, 5);
  assert.equal(String(content.read(10)), "hello");
});
