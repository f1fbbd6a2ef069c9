/**
 * socketserver.UDPServer Example, the client: sends its arguments as a datagram, and shows the answer. Ported line by line
 * from https://docs.python.org/3/library/socketserver.html#socketserver-udpserver-example.
 *
 * Start it while `udp-server.ts` is running:
 *
 *     npx node examples/python-manual/udp-client.ts 9999 hello world with UDP
 *
 * Datagrams can get lost. A real client would send the request again; this one waits forever.
 */

import { createSocket } from "node:dgram";
import { once } from "node:events";

/** Sends a datagram. Returns the one that comes back. */
export async function client(host: string, port: number, data: string): Promise<string> {
  const socket = createSocket("udp4");
  // There is no connection: each datagram has its own address.
  socket.send(`${data}\n`, port, host);
  const [received] = (await once(socket, "message")) as [Buffer];
  socket.close();
  return received.toString("utf8");
}

if (process.argv[1] === import.meta.filename) {
  const HOST = "localhost";
  const [PORT, ...words] = process.argv.slice(2);
  const data = words.join(" ");
  const received = await client(HOST, Number(PORT), data);
  console.log(`Sent:     ${data}`);
  console.log(`Received: ${received}`);
}
