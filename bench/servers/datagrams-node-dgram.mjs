// @ts-check
import { createSocket } from "node:dgram";
import { announce } from "./announce.mjs";

const socket = createSocket("udp4");
socket.on("message", (packet, { address, port }) => socket.send(packet, port, address));
socket.bind(0, "127.0.0.1", () => announce(socket.address().port));
