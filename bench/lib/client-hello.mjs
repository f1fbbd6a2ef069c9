// @ts-check
import { once } from "node:events";
import { createServer } from "node:net";
import * as tls from "node:tls";

/**
 * Records the first message of Node's own TLS 1.3 client. It is similar to that of most browsers.
 *
 * @returns {Promise<Buffer>}
 */
export async function recordClientHello() {
  const server = createServer();
  await once(server.listen(0, "127.0.0.1"), "listening");
  const { port } = /** @type {import("node:net").AddressInfo} */ (server.address());
  const arrived = once(server, "connection");
  const client = tls.connect({ host: "127.0.0.1", port, minVersion: "TLSv1.3" });
  client.on("error", () => {});
  const [connection] = await arrived;
  const [hello] = await once(connection, "data");
  client.destroy();
  connection.destroy();
  server.close();
  return hello;
}
