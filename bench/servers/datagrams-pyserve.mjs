// @ts-check
// `node datagrams-pyserve.mjs DIRECTORY CLASS`: ThreadingUDPServer or UDPServer.
import { ThreadingUDPServer, UDPServer } from "../../dist/index.js";
import { announce } from "./announce.mjs";
import { EchoDatagrams } from "./echo-handler.mjs";

const Server = process.argv[3] === "UDPServer" ? UDPServer : ThreadingUDPServer;
const server = new Server(["127.0.0.1", 0], EchoDatagrams);
announce(Number(server.server_address[1]));
await server.serve_forever();
