// @ts-check
// The ceiling for echoed lines: what comes is sent back, line or not.
import { createServer } from "node:net";
import { announce, portOf } from "./announce.mjs";

const server = createServer({ noDelay: true }, (socket) => {
  socket.on("data", (chunk) => socket.write(chunk));
  // The load generator leaves without a word.
  socket.on("error", () => socket.destroy());
});
server.listen(0, "127.0.0.1", () => announce(portOf(server)));
