// @ts-check
import { createServer } from "node:http";
import handler from "serve-handler";
import { announce, portOf } from "./announce.mjs";
import { servedDirectory } from "./arguments.mjs";

const directory = servedDirectory();
const server = createServer((request, response) => handler(request, response, { public: directory }));
server.listen(0, "127.0.0.1", () => announce(portOf(server)));
