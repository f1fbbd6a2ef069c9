// @ts-check
import { createServer } from "node:http";
import sirv from "sirv";
import { announce, portOf } from "./announce.mjs";
import { servedDirectory } from "./arguments.mjs";

// Sirv's default, made for production: it lists the directory once, and never looks again whether a file changed.
const server = createServer(sirv(servedDirectory()));
server.listen(0, "127.0.0.1", () => announce(portOf(server)));
