// @ts-check The ceiling for 304 responses, with as many fields as pyserve's.
import { constantReply } from "./constant-reply.mjs";
import { serveConstantly } from "./constant-server.mjs";

const fields = [
  "Server: raw-socket",
  "Last-Modified: Tue, 14 Nov 2023 22:13:20 GMT",
  'ETag: "always-the-same-whatever-it-is"',
  "Cache-Control: no-cache",
];
serveConstantly(constantReply(304, fields));
