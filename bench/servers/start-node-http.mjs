// @ts-check A bare script: the minimum that serves a file with `node:http`.
import { readFile } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";

const [port, directory = "."] = process.argv.slice(2);

createServer((request, response) => {
  readFile(join(directory, String(request.url)), (error, content) => {
    const [status, body] = error === null ? [200, content] : [404, "Not found\n"];
    response.writeHead(status, { "Content-Type": "text/plain", "Content-Length": Buffer.byteLength(body) });
    response.end(body);
  });
}).listen(Number(port), "127.0.0.1");
