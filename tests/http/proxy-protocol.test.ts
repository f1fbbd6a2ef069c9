import assert from "node:assert/strict";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { type IncomingMessage, request } from "node:http";
import { connect } from "node:net";
import { text } from "node:stream/consumers";
import { test } from "node:test";
import { connect as connectSecurely } from "node:tls";
import {
  BaseHTTPRequestHandler,
  HTTPServer,
  supportsThreads,
  ThreadingHTTPServer,
  ThreadingHTTPSServer,
} from "pyserve";
import {
  SecureTelling,
  Telling,
  ThreadedSecureTelling,
  ThreadedTelling,
  type Told,
} from "../fixtures/told.js";
import { RawClient } from "../support/http.js";
import { freePort, startProgram, without } from "../support/programs.js";
import { haproxy } from "../support/proxies.js";
import { binaryHeader, LOCAL, tlv } from "../support/proxy-header.js";
import { serve } from "../support/servers.js";
import { CERTIFICATE } from "../support/tls.js";

const LINE = "PROXY TCP4 192.0.2.1 192.0.2.2 5000 443\r\n";
const BEHIND = { proxy_protocol: true, trusted_proxies: ["127.0.0.1"] } as const;
const TLS = { cert: CERTIFICATE.cert, key: CERTIFICATE.key };
const ANY_PORT = ["127.0.0.1", 0] as const;

const get = (...fields: string[]) =>
  `${["GET / HTTP/1.1", "Host: a.example", ...fields].join("\r\n")}\r\n\r\n`;

function open([host, port]: readonly [string, number]): RawClient {
  return new RawClient(connect(port, host));
}

/** Returns the responses to some requests after a header. */
async function tellAll(
  server: Pick<HTTPServer, "server_address">,
  header: string | Buffer,
  ...requests: readonly string[]
): Promise<Told[]> {
  const client = open(server.server_address).send(header);
  const told: Told[] = [];
  for (const one of requests) told.push(JSON.parse((await client.send(one).reply()).content));
  client.socket.destroy();
  return told;
}

const SERVERS = [
  ["one after the other", HTTPServer],
  ["in tasks", ThreadingHTTPServer],
  ...(supportsThreads() ? ([["on threads", ThreadedTelling]] as const) : []),
] as const;
for (const [name, Server] of SERVERS) {
  test(`all requests of a connection have the client that its header tells, served ${name}`, async (t) => {
    const server = serve(t, Object.assign(new Server(ANY_PORT, Telling), BEHIND));
    const told = await tellAll(
      server,
      LINE,
      get(),
      get("X-Forwarded-For: 198.51.100.9", "X-Forwarded-Proto: https"),
    );
    for (const one of told) {
      const { client, log, scheme, peer } = one;
      // The client is not a proxy, so its fields have no effect.
      assert.deepEqual(
        [client, log, scheme, peer[0]],
        [["192.0.2.1", 5000], "192.0.2.1", "http", "127.0.0.1"],
      );
    }
  });
}

test("the fields of a proxy are read if its header names another listed proxy, or itself", async (t) => {
  const settings = { ...BEHIND, trusted_proxies: ["127.0.0.1", "192.0.2.1"] };
  const server = serve(t, Object.assign(new ThreadingHTTPServer(ANY_PORT, Telling), settings));
  for (const header of [LINE, "PROXY UNKNOWN\r\n", binaryHeader({ command: LOCAL })]) {
    const [told] = await tellAll(server, header, get("X-Forwarded-For: 198.51.100.9"));
    assert.deepEqual(told?.client, ["198.51.100.9", 0]);
  }
});

test("`scheme` is https if the proxy reports that the client uses TLS", async (t) => {
  const server = serve(t, Object.assign(new ThreadingHTTPServer(ANY_PORT, Telling), BEHIND));
  for (const [flags, scheme] of [
    ["01", "https"],
    ["00", "http"],
  ]) {
    const header = binaryHeader({ tlvs: [tlv(0x20, Buffer.from(`${flags}00000000`, "hex"))] });
    assert.equal((await tellAll(server, header, get()))[0]?.scheme, scheme);
  }
});

test("a client's own header after the proxy's is a 400 that names the problem", async (t) => {
  const server = serve(t, Object.assign(new ThreadingHTTPServer(ANY_PORT, Telling), BEHIND));
  const client = open(server.server_address).send(`${LINE}${LINE}${get()}`);
  const { status, reason } = await client.reply();
  assert.deepEqual([status, reason], [400, "PROXY protocol"]);
  client.socket.destroy();
});

test("a header from an unlisted peer is a 400 that names the problem", async (t) => {
  const settings = { ...BEHIND, trusted_proxies: ["192.0.2.1"] };
  const server = serve(t, Object.assign(new ThreadingHTTPServer(ANY_PORT, Telling), settings));
  const client = open(server.server_address).send(`${LINE}${get()}`);
  assert.equal((await client.reply()).status, 400);
  client.socket.destroy();
});

for (const [how, Server] of [
  ["together with the first bytes of TLS", SecureTelling],
  ["before them", SecureTelling],
  ...(supportsThreads() ? ([["in a thread", ThreadedSecureTelling]] as const) : []),
] as const) {
  test(`the header comes before TLS, ${how}`, async (t) => {
    const httpd = new Server(ANY_PORT, Telling, TLS);
    const server = serve(t, Object.assign(httpd, BEHIND));
    const raw = connect(server.server_address[1], "127.0.0.1");
    await once(raw, "connect");
    if (how === "before them") raw.write(LINE);
    else {
      raw.cork();
      raw.write(LINE);
      setImmediate(() => raw.uncork());
    }
    const socket = connectSecurely({ socket: raw, rejectUnauthorized: false });
    socket.write(get("Connection: close"));
    const reply = await text(socket);
    const told: Told = JSON.parse(reply.slice(reply.indexOf("\r\n\r\n")));
    assert.deepEqual([told.client, told.scheme, told.peer[0]], [["192.0.2.1", 5000], "https", "127.0.0.1"]);
    // Without the header, TLS is refused.
    const plain = connectSecurely({ port: server.server_address[1], rejectUnauthorized: false });
    plain.on("error", () => {});
    await new Promise((resolve) => plain.once("close", resolve));
  });
}

/** Answers with the facts from a proxy. */
class Details extends BaseHTTPRequestHandler {
  do_GET(): void {
    const { client_address, scheme, proxy_header: header } = this;
    const { version, isLocal, authority, alpn, uniqueId, ssl, destination } = header ?? {};
    const told = {
      client: client_address[0],
      hasPort: client_address[1] > 0,
      scheme,
      version,
      isLocal,
      authority,
      alpn,
      uniqueId: uniqueId?.toString(),
      ssl: ssl?.version,
      destination: typeof destination === "string" ? destination : destination?.[0],
    };
    this.send_response(200);
    this.end_headers();
    this.wfile.write(JSON.stringify(told));
  }

  override log_message(): void {}
}

/** Sends a request to a proxy when it serves, from an address other than its own. */
async function ask(port: number, headers = {}): Promise<Record<string, unknown>> {
  const client = request({ host: "127.0.0.1", port, localAddress: "127.0.0.2", headers, agent: false });
  const [response] = (await once(client.end(), "response")) as [IncomingMessage];
  const content = await text(response);
  // It has not checked the server yet.
  return response.statusCode === 200 ? JSON.parse(content) : ask(port, headers);
}

const noHAProxy = without("haproxy");

for (const [option, version, mode, forwardfor] of [
  ["send-proxy", 1, "tcp", ""],
  ["send-proxy-v2", 2, "tcp", ""],
  ["send-proxy-v2 proxy-v2-options crc32c,unique-id,authority", 2, "http", "option forwardfor"],
] as const) {
  test(`HAProxy tells the client by ${option}, and looks after the server`, {
    skip: noHAProxy,
  }, async (t) => {
    const server = serve(t, Object.assign(new ThreadingHTTPServer(ANY_PORT, Details), BEHIND));
    const port = await freePort();
    const config = `defaults
    mode ${mode}
    timeout connect 5s
    timeout client 5s
    timeout server 5s
    ${forwardfor}
    unique-id-format id-of-the-connection
frontend site
    bind 127.0.0.1:${port}
    default_backend app
backend app
    server one 127.0.0.1:${server.server_address[1]} check inter 100 ${option}
`;
    await startProgram(t, haproxy(config, port));
    const told = await ask(port, { "X-Forwarded-For": "198.51.100.9" });
    assert.deepEqual(
      [told.client, told.hasPort, told.version, told.isLocal, told.destination],
      ["127.0.0.2", true, version, false, "127.0.0.1"],
    );
    if (mode === "http") assert.equal(told.uniqueId, "id-of-the-connection");
  });
}

test("HAProxy reports the client's TLS in a TLV", { skip: noHAProxy }, async (t) => {
  const server = serve(t, Object.assign(new ThreadingHTTPServer(ANY_PORT, Details), BEHIND));
  const port = await freePort();
  const config = `defaults
    mode tcp
    timeout connect 5s
    timeout client 5s
    timeout server 5s
frontend site
    bind 127.0.0.1:${port} ssl crt site.pem alpn http/1.1
    default_backend app
backend app
    server one 127.0.0.1:${server.server_address[1]} send-proxy-v2-ssl-cn proxy-v2-options authority
`;
  const pem = `${CERTIFICATE.cert}\n${CERTIFICATE.key}`;
  await startProgram(t, haproxy(config, port, { "site.pem": pem }));
  const client = connectSecurely({
    port,
    host: "127.0.0.1",
    servername: "a.example",
    ALPNProtocols: ["http/1.1"],
    rejectUnauthorized: false,
  });
  client.write(get("Connection: close"));
  const reply = await text(client);
  const told = JSON.parse(reply.slice(reply.indexOf("\r\n\r\n")));
  assert.deepEqual([told.scheme, told.alpn, told.authority], ["https", "http/1.1", "a.example"]);
  assert.match(told.ssl, /^TLSv1\.[23]$/);
});

const MODULE = "/usr/lib/nginx/modules/ngx_stream_module.so";
const noStream = without("nginx") || (!existsSync(MODULE) && "this nginx has no stream module");

test("nginx' stream module names the client, even before TLS", { skip: noStream }, async (t) => {
  const httpd = new ThreadingHTTPSServer(ANY_PORT, Details, TLS);
  const server = serve(t, Object.assign(httpd, BEHIND));
  const port = await freePort();
  const config = `load_module ${MODULE};
    daemon off; master_process off; pid nginx.pid; error_log stderr crit;
    events {}
    stream {
      server { listen 127.0.0.1:${port}; proxy_protocol on; proxy_pass 127.0.0.1:${server.server_address[1]}; }
    }`;
  const args = ["-p", "$FOLDER", "-c", "nginx.conf", "-e", "stderr"];
  await startProgram(t, { command: "nginx", args, files: { "nginx.conf": config }, port });
  const raw = connect({ port, host: "127.0.0.1", localAddress: "127.0.0.3" });
  const client = connectSecurely({ socket: raw, rejectUnauthorized: false });
  client.write(get("Connection: close"));
  const reply = await text(client);
  const told = JSON.parse(reply.slice(reply.indexOf("\r\n\r\n")));
  assert.deepEqual([told.client, told.version, told.scheme], ["127.0.0.3", 1, "https"]);
});
