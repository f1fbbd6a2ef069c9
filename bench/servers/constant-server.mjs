// @ts-check
import { createServer } from "node:net";
import { announce, portOf } from "./announce.mjs";

/**
 * Shows the best possible speed of Node's sockets: each chunk that arrives counts as one request, is not read, and gets
 * the same text. This is a ceiling, not a server.
 *
 * @param {{ readonly text: string }} reply
 */
export function serveConstantly(reply) {
  const server = createServer({ noDelay: true }, (socket) => {
    socket.on("data", () => socket.write(reply.text, "latin1"));
    // The load generator resets its connections at the end of a run.
    socket.on("error", () => socket.destroy());
  });
  server.listen(0, "127.0.0.1", () => announce(portOf(server)));
}
