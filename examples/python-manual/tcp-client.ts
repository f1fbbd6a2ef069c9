/**
 * socketserver.TCPServer Example, the client: sends its arguments as a line, and shows the answer. Ported line by line from
 * https://docs.python.org/3/library/socketserver.html#socketserver-tcpserver-example.
 *
 * Start it while `tcp-server.ts` or `tcp-server-streams.ts` is running:
 *
 *     npx node examples/python-manual/tcp-client.ts 9999 hello world with TCP
 *
 * It uses `node:net`, because a client does not need pyserve.
 */

import { connect } from "node:net";
import { text } from "node:stream/consumers";

/** Sends a line. Returns everything that the server sends until it closes the connection. */
export async function client(host: string, port: number, data: string): Promise<string> {
  const socket = connect(port, host);
  socket.write(`${data}\n`);
  return text(socket);
}

if (process.argv[1] === import.meta.filename) {
  const HOST = "localhost";
  const [PORT, ...words] = process.argv.slice(2);
  const data = words.join(" ");
  const received = await client(HOST, Number(PORT), data);
  console.log(`Sent:     ${data}`);
  console.log(`Received: ${received.trimEnd()}`);
}
