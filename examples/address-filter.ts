/**
 * A server for a few networks only. `verify_request` decides before a byte was read, so a refused client costs almost
 * nothing, and learns nothing.
 *
 * Start it. Without networks, it serves only 127.0.0.1:
 *
 *     npm run example examples/address-filter.ts [port] [network ...]
 *
 * Try it from an allowed address, and from another one (on macOS, first `sudo ifconfig lo0 alias 127.0.0.2`):
 *
 *     $ curl -s localhost:8000
 *     Welcome, 127.0.0.1
 *     $ curl -sS --interface 127.0.0.2 localhost:8000 2>&1
 *     curl: (...) ...
 *
 * With `examples/address-filter.ts 8000 127.0.0.0/8`, both are allowed.
 *
 * Behind a reverse proxy, every client has the proxy's address. List the proxy in `trusted_proxies`, and check
 * `client_address` in the handler.
 */

import { BlockList, isIPv6, type Socket } from "node:net";
import { BaseHTTPRequestHandler, type InetAddress, ThreadingHTTPServer } from "pyserve";

export class FilteringServer extends ThreadingHTTPServer {
  /** Addresses to serve. Node calls this a block list, but it only checks if an address is in the list. */
  readonly allowed = new BlockList();

  /** @param network - an address, or a network: `10.0.0.0/8`, `fd00::/8` */
  allow(network: string) {
    const [address = "", bits] = network.split("/");
    const family = isIPv6(address) ? "ipv6" : "ipv4";
    if (bits === undefined) this.allowed.addAddress(address, family);
    else this.allowed.addSubnet(address, Number(bits), family);
  }

  override verify_request(_request: Socket, [host]: InetAddress) {
    return this.allowed.check(host, isIPv6(host) ? "ipv6" : "ipv4");
  }
}

export class Welcome extends BaseHTTPRequestHandler {
  do_GET() {
    this.send_response(200);
    this.send_header("Content-Type", "text/plain; charset=utf-8");
    this.end_headers();
    this.wfile.write(`Welcome, ${this.client_address[0]}\n`);
  }
}

if (process.argv[1] === import.meta.filename) {
  const [port = "8000", ...networks] = process.argv.slice(2);
  await using httpd = new FilteringServer(["", Number(port)], Welcome);
  for (const network of networks.length > 0 ? networks : ["127.0.0.1"]) httpd.allow(network);
  console.log(`http://localhost:${httpd.server_port}/`);
  await httpd.serve_forever();
}
