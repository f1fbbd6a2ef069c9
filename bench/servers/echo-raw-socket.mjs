// @ts-check The ceiling for echoed lines: all bytes are sent back, even if they are not lines.
import { createServer } from "node:net";
import { announce, portOf } from "./announce.mjs";

const server = createServer({ noDelay: true }, (socket) => {
  socket.on("data", (chunk) => socket.write(chunk));
  // The load generator resets its connections at the end of a run.
  socket.on("error", () => socket.destroy());
});
server.listen(0, "127.0.0.1", () => announce(portOf(server)));
