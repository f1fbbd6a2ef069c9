import assert from "node:assert/strict";
import test from "node:test";
import { checkFileRow, type FileMethod } from "../support/file-rows.js";
import { temporaryTree } from "../support/file-server.js";
import { without } from "../support/programs.js";
import { serveByNginx } from "../support/proxies.js";
import { FILE_BYTES, type FileRow, NEGOTIATION, PRECONDITIONS, RANGES } from "./files.js";
import { HEAD_RANGES, NGINX_NOTES } from "./nginx-notes.js";

const ROWS: readonly FileRow[] = [...PRECONDITIONS, ...RANGES, ...NEGOTIATION];

test("rows have unique names, and each note belongs to a row", () => {
  const names = ROWS.map(({ name }) => name);
  assert.equal(new Set(names).size, names.length);
  const without = Object.keys(NGINX_NOTES).filter((name) => !names.includes(name));
  assert.deepEqual(without, []);
});

const skip = without("nginx");

test("nginx answers as the rows say, except where a note explains it", { skip }, async (t) => {
  const address = await serveByNginx(t, temporaryTree(t, FILE_BYTES));
  for (const row of ROWS)
    for (const method of ["GET", "HEAD"] satisfies FileMethod[]) {
      const note = noteOf(row, method);
      const name = `${method} with ${row.name} (RFC 9110 ${row.section})${note === undefined ? "" : `: it ${note}`}`;
      await t.test(name, async () => {
        const checked = checkFileRow(address, row, method);
        await (note === undefined ? checked : assert.rejects(checked, assert.AssertionError));
      });
    }
});

function noteOf({ name, head }: FileRow, method: FileMethod): string | undefined {
  const note = NGINX_NOTES[name];
  if (typeof note === "string") return note;
  return note === undefined && method === "HEAD" && head !== undefined ? HEAD_RANGES : note?.[method];
}
