// @ts-check Shows the best possible speed of Node's TLS sockets: each chunk that arrives counts as one request, is not
//   read, and gets the same text. This is a ceiling, not a server.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { createServer } from "node:tls";
import { announce, portOf } from "./announce.mjs";
import { servedDirectory } from "./arguments.mjs";
import { constantGreeting } from "./constant-reply.mjs";

const pem = readFileSync(join(servedDirectory(), "certificate.pem"));
const reply = constantGreeting();

const server = createServer({ cert: pem, key: pem, noDelay: true }, (socket) => {
  socket.on("data", () => socket.write(reply.text, "latin1"));
  // The load generator resets its connections at the end of a run.
  socket.on("error", () => socket.destroy());
});

server.listen(0, "127.0.0.1", () => announce(portOf(server)));
