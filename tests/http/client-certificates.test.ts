import assert from "node:assert/strict";
import { once } from "node:events";
import type { Socket } from "node:net";
import { type TestContext, test } from "node:test";
import {
  type ConnectionOptions,
  connect,
  createSecureContext,
  type SecureVersion,
  TLSSocket,
} from "node:tls";
import {
  HTTPServer,
  type HTTPSServerOptions,
  type InetAddress,
  ThreadingHTTPServer,
} from "pyserve/http/server";
import { get, request, serveHttp, TestHandler } from "../support/http.js";
import {
  ALICE,
  CERTIFICATE,
  HTTPS_SERVERS,
  MALLORY,
  outcomeOf,
  serveHttps,
  TLSClient,
} from "../support/tls.js";

/** Answers with the name in the certificate, and whether the server trusts it. */
class Whoami extends TestHandler {
  do_GET() {
    const connection = this.request as unknown as TLSSocket;
    const { subject } = connection.getPeerCertificate();
    this.respond(
      `${subject?.CN ?? "nobody"} ${connection.authorized} ${connection.authorizationError ?? null}`,
    );
  }
}

class Quiet extends Whoami {
  override log_message() {}
}

const TRUSTS_ALICE: HTTPSServerOptions = { requestCert: true, ca: ALICE.cert };
const VERSIONS: readonly SecureVersion[] = ["TLSv1.2", "TLSv1.3"];

/** Returns the response that a client gets; `null` if it gets none. */
async function answerTo(client: TLSClient): Promise<string | null> {
  client.send(get("/", "Connection: close"));
  try {
    return (await client.reply()).content;
  } catch {
    return null;
  } finally {
    client.socket.destroy();
  }
}

/** Connects with one version of TLS, and sends a request. */
async function ask(
  t: TestContext,
  options: HTTPSServerOptions,
  client: ConnectionOptions,
  Server = HTTPS_SERVERS[1],
) {
  const fixture = serveHttps(t, Quiet, { ...(Server && { Server }), ...options });
  const socket = fixture.startTLS(client);
  const answering = new TLSClient(socket);
  if ((await outcomeOf(socket)) !== null) return null;
  return answerTo(answering);
}

const ROWS: readonly [name: string, HTTPSServerOptions, ConnectionOptions, answer: string | null][] = [
  ["a trusted certificate", TRUSTS_ALICE, ALICE, "alice true null"],
  ["no certificate", TRUSTS_ALICE, {}, null],
  ["an untrusted certificate", TRUSTS_ALICE, MALLORY, null],
  ["a certificate that is not asked for", { ca: ALICE.cert }, ALICE, "nobody false null"],
  [
    "an untrusted certificate, served all the same",
    { ...TRUSTS_ALICE, rejectUnauthorized: false },
    MALLORY,
    "mallory false DEPTH_ZERO_SELF_SIGNED_CERT",
  ],
  [
    "no certificate, served all the same",
    { ...TRUSTS_ALICE, rejectUnauthorized: false },
    {},
    "nobody false UNABLE_TO_GET_ISSUER_CERT",
  ],
  ["a certificate where no authority is named", { requestCert: true }, ALICE, null],
];

for (const Server of HTTPS_SERVERS) {
  for (const version of VERSIONS) {
    for (const [name, options, client, answer] of ROWS) {
      test(`${Server.name}, ${version}: ${name}`, async (t) => {
        const versions = { minVersion: version, maxVersion: version };
        assert.equal(await ask(t, options, { ...client, ...versions }, Server), answer);
      });
    }
  }
}

for (const maxVersion of VERSIONS) {
  test(`${maxVersion}: a resumed session has its client's certificate`, async (t) => {
    const fixture = serveHttps(t, Quiet, TRUSTS_ALICE);
    const first = await fixture.connectTLS({ ...ALICE, maxVersion });
    await first.send(get("/", "Connection: close")).reply();
    const again = await fixture.connectTLS({
      ...ALICE,
      maxVersion,
      session: first.session ?? first.socket.getSession(),
    });
    assert.equal(again.socket.isSessionReused(), true);
    assert.equal(await answerTo(again), "alice true null");
  });

  test(`${maxVersion}: a session is not resumed under other rules`, async (t) => {
    const fixture = serveHttps(t, Quiet, TRUSTS_ALICE);
    const first = await fixture.connectTLS({ ...ALICE, maxVersion });
    await first.send(get("/", "Connection: close")).reply();
    fixture.server.secure_context_options = { ...fixture.server.secure_context_options, ca: MALLORY.cert };
    fixture.server.load_cert_chain();
    const socket = fixture.startTLS({
      ...ALICE,
      maxVersion,
      session: first.session ?? first.socket.getSession(),
    });
    const client = new TLSClient(socket);
    const answer = (await outcomeOf(socket)) === null ? await answerTo(client) : null;
    assert.equal(answer, null);
  });
}

// RFC 8446 §4.4.2.4 and RFC 5246 §7.4.6: `certificate_required` is 116, `handshake_failure` is 40.
for (const [maxVersion, alert] of [
  ["TLSv1.2", 40],
  ["TLSv1.3", 116],
] as const) {
  test(`${maxVersion}: an alert tells a client that its certificate is missing`, async (t) => {
    const socket = serveHttps(t, Quiet, TRUSTS_ALICE).startTLS({ maxVersion });
    const told = await new Promise<string>((resolve) => {
      socket.once("error", (error) => resolve(error.message));
      socket.resume().once("end", () => resolve("no alert"));
    });
    assert.match(told, new RegExp(`SSL alert number ${alert}\\b`));
  });
}

const { cert, key } = CERTIFICATE;
const secureContext = createSecureContext({ cert, key });

/** A plain server whose handlers get TLS connections. */
class Wrapping extends HTTPServer {
  override async get_request(): Promise<readonly [Socket, InetAddress]> {
    const [request, client_address] = await super.get_request();
    const secure = new TLSSocket(request, { isServer: true, secureContext });
    secure.on("error", () => {});
    return [secure, client_address];
  }
}

test("get_request may return a TLSSocket: several requests, and the end of the connection", async (t) => {
  const fixture = serveHttp(t, Whoami, { Server: Wrapping });
  const socket = connect({ host: "127.0.0.1", port: fixture.port, ca: cert, servername: "localhost" });
  const client = new TLSClient(socket);
  await once(socket, "secureConnect");
  for (let count = 0; count < 2; count++)
    assert.equal((await client.send(get("/")).reply()).content, "nobody false null");
  await client.send(get("/", "Connection: close")).reply();
  await client.assertEnd();
  socket.destroy();
});

test("a client that aborts the handshake of such a TLSSocket affects no other client", async (t) => {
  const fixture = serveHttp(t, Quiet, { Server: Wrapping });
  const broken = await fixture.connect();
  broken.send("GET / HTTP/1.1\r\n\r\n");
  await broken.assertEnd();
  const socket = connect({ host: "127.0.0.1", port: fixture.port, ca: cert, servername: "localhost" });
  const client = new TLSClient(socket);
  await once(socket, "secureConnect");
  assert.equal(await answerTo(client), "nobody false null");
});

/** Reads inside the tunnel. */
class Tunnel extends TestHandler {
  async do_CONNECT() {
    this.send_response(200);
    this.end_headers();
    const secure = new TLSSocket(this.connection as unknown as Socket, { isServer: true, secureContext });
    secure.on("error", () => {});
    await this.server.run_handler(
      new Whoami(secure, this.client_address, this.server, this.server.handler_args),
    );
    secure.end();
  }
}

for (const Server of [HTTPServer, ThreadingHTTPServer]) {
  test(`${Server.name}: run_handler serves what is inside of TLS in a tunnel`, async (t) => {
    const fixture = serveHttp(t, Tunnel, { Server });
    const outer = await fixture.send(request("CONNECT", "example.org:443"));
    assert.equal((await outer.head()).status, 200);
    outer.socket.removeAllListeners("data");
    const socket = connect({ socket: outer.socket, ca: cert, servername: "localhost" });
    const client = new TLSClient(socket);
    await once(socket, "secureConnect");
    for (let count = 0; count < 2; count++)
      assert.equal((await client.send(get("/")).reply()).content, "nobody false null");
    await client.send(get("/", "Connection: close")).reply();
    await client.assertEnd();
    socket.destroy();
  });
}
