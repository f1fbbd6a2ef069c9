// @ts-check `node file-raw-socket.mjs DIRECTORY PATH`: the ceiling for one file. It is read once, and the response has
//   as many fields as pyserve's.
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { servedDirectory } from "./arguments.mjs";
import { constantReply } from "./constant-reply.mjs";
import { serveConstantly } from "./constant-server.mjs";

const file = join(servedDirectory(), process.argv[3] ?? "");
const body = readFileSync(file, "latin1");
const fields = [
  "Server: raw-socket",
  "Content-Type: text/plain; charset=utf-8",
  `Content-Length: ${body.length}`,
  `Last-Modified: ${statSync(file).mtime.toUTCString()}`,
  'ETag: "always-the-same-whatever-it-is"',
  "Cache-Control: no-cache",
  "Accept-Ranges: bytes",
];
serveConstantly(constantReply(200, fields, body));
