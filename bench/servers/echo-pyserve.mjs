// @ts-check
import { ThreadingTCPServer } from "../../dist/index.js";
import { announce } from "./announce.mjs";
import { EchoLines } from "./echo-handler.mjs";

const server = new ThreadingTCPServer(["127.0.0.1", 0], EchoLines);
announce(Number(server.server_address[1]));
await server.serve_forever();
