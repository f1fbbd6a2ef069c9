// @ts-check
// What Node's sockets can do at best: each chunk that arrives is taken for one request, unread, and answered with
// the same text. Not a server, but a ceiling.
import { createServer } from "node:net";
import { announce, portOf } from "./announce.mjs";

const body = "Hello from /hello\n";
let reply = "";

/** The date has to be right, as every other peer's is; they too make it once a second. */
function renewReply() {
  reply = [
    "HTTP/1.1 200 OK",
    `Date: ${new Date().toUTCString()}`,
    "Content-Type: text/plain; charset=utf-8",
    `Content-Length: ${Buffer.byteLength(body)}`,
    "Connection: keep-alive",
    "",
    body,
  ].join("\r\n");
}

renewReply();
setInterval(renewReply, 1000);

const server = createServer({ noDelay: true }, (socket) => {
  socket.on("data", () => socket.write(reply, "latin1"));
  // The load generator resets its connections when its time is over.
  socket.on("error", () => socket.destroy());
});

server.listen(0, "127.0.0.1", () => announce(portOf(server)));
