// @ts-check
import { createServer } from "node:net";
import { announce, portOf } from "./announce.mjs";

/**
 * Serves what Node's sockets can do at best: each chunk that arrives is taken for one request, unread, and answered with the
 * same text. Not a server, but a ceiling.
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
