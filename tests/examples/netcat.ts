/**
 * The part of netcat that examples need, because there are several versions of it, and some machines have none: `nc -N
 * host port` sends its input and prints the answer; `nc -u -w 1 host port` does so with one datagram.
 */
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { connect } from "node:net";
import { buffer } from "node:stream/consumers";
import { pipeline } from "node:stream/promises";
import { parseArgs } from "node:util";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    N: { type: "boolean", short: "N" },
    u: { type: "boolean", short: "u" },
    w: { type: "string", short: "w" },
  },
});
const [host = "", port = ""] = positionals;

if (values.u) {
  const socket = createSocket("udp4");
  socket.send(await buffer(process.stdin), Number(port), host);
  const [answer] = (await once(socket, "message")) as [Buffer];
  process.stdout.write(answer);
  socket.close();
} else {
  const socket = connect({ host, port: Number(port), allowHalfOpen: true });
  await Promise.all([pipeline(process.stdin, socket, { end: true }), printAll(socket)]);
}

async function printAll(socket: AsyncIterable<Buffer>): Promise<void> {
  for await (const bytes of socket) process.stdout.write(bytes);
}
