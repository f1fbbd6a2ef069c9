import test from "node:test";
import { checkFileRow, type FileMethod } from "../support/file-rows.js";
import { serveFiles, temporaryTree } from "../support/file-server.js";
import { FILE_BYTES, NEGOTIATION, PRECONDITIONS, RANGES } from "./files.js";

test("`SimpleHTTPRequestHandler` answers", async (t) => {
  const address = serveFiles(t, { directory: temporaryTree(t, FILE_BYTES) });
  for (const row of [...PRECONDITIONS, ...RANGES, ...NEGOTIATION])
    for (const method of ["GET", "HEAD"] satisfies FileMethod[])
      await t.test(`${method} with ${row.name} (RFC 9110 ${row.section})`, () =>
        checkFileRow(address, row, method),
      );
});
