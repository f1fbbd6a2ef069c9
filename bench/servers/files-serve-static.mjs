// @ts-check
import { createServer } from "node:http";
import serveStatic from "serve-static";
import { announce, portOf } from "./announce.mjs";
import { servedDirectory } from "./arguments.mjs";

const serve = serveStatic(servedDirectory());
const server = createServer((request, response) => {
  serve(request, response, (error) => {
    response.statusCode = error === undefined ? 404 : 500;
    response.end();
  });
});
server.listen(0, "127.0.0.1", () => announce(portOf(server)));
