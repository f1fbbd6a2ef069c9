import assert from "node:assert/strict";
import { once } from "node:events";
import { type IncomingMessage, request } from "node:http";
import { text } from "node:stream/consumers";
import { test } from "node:test";
import { BaseHTTPRequestHandler, ThreadingHTTPServer } from "pyserve";
import { startServer } from "pyserve/testing";
import { freePort, startProgram, without } from "../support/programs.js";
import { haproxy, nginx } from "../support/proxies.js";
import { pageAt } from "./pages.js";

const PAGE = pageAt("docs/how-to/run-behind-a-proxy.md");

/** Proxies, with a text that occurs only in their configuration. */
const PROXIES: Readonly<Record<string, readonly [marks: string, program: typeof nginx]>> = {
  nginx: ["proxy_pass", nginx],
  haproxy: ["frontend site", haproxy],
};

class Behind extends ThreadingHTTPServer {
  static override trusted_proxies = ["127.0.0.1"];
}

class Seen extends BaseHTTPRequestHandler {
  async do_POST(): Promise<void> {
    const content = await this.rfile.read();
    this.send_response(200);
    this.send_header("X-Seen-ID", String(this.proxy_request_id));
    this.end_headers();
    this.wfile.write(
      [this.client_address[0], this.scheme, this.authority?.replace(/:.*/, ""), content].join(" "),
    );
  }
}

/** Fields that a client must not set. */
const FORGED = {
  Forwarded: "for=198.51.100.9;proto=https;host=evil.example",
  "X-Forwarded-For": "198.51.100.9",
  "X-Forwarded-Proto": "https",
  "X-Forwarded-Host": "evil.example",
  "X-Real-IP": "198.51.100.9",
  "X-Request-ID": "forged",
};

for (const [name, [marks, program]] of Object.entries(PROXIES)) {
  test(`${name} forwards requests with the configuration of the page`, {
    skip: without(name),
  }, async (t) => {
    await using server = await startServer(Seen, { ServerClass: Behind });
    const block = PAGE.blocks.find((one) => one.text.includes(marks));
    const port = await freePort();
    const config = (block?.text ?? "")
      .replaceAll("8000", String(server.address[1]))
      .replaceAll("8080", String(port));
    await startProgram(t, program(config, port));

    const answer = await ask(port);
    assert.equal(answer, "127.0.0.2 http 127.0.0.1 content");
    assert.equal(await ask(port, FORGED), answer);
    assert.ok(server.requests.every(({ version }) => version === "HTTP/1.1"));
  });
}

/** Returns the response through the proxy. */
async function ask(port: number, headers = {}): Promise<string> {
  // The address of a client that is not a proxy.
  const client = request({ host: "127.0.0.1", port, localAddress: "127.0.0.2", method: "POST", headers });
  const [response] = (await once(client.end("content"), "response")) as [IncomingMessage];
  // A name that the proxy has created.
  assert.match(String(response.headers["x-seen-id"]), /^[0-9a-f-]{32,36}$/);
  return text(response);
}
