/** Servers over TLS with threads and with child processes: the handshake runs where the request is served. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { connect as connectSocket } from "node:net";
import { type TestContext, test } from "node:test";
import { type ConnectionOptions, connect } from "node:tls";
import { CertificateError, type HTTPSServer, type HTTPSServerOptions } from "pyserve/http/server";
import { canTransferSockets } from "#src/workers/socket-transfer.js";
import { get, RawClient, request } from "../support/http.js";
import { leavesNothingOpen, serve, standardError } from "../support/servers.js";
import {
  ALICE,
  CERTIFICATE,
  certificateFiles,
  clientHello,
  MALLORY,
  OTHER_CERTIFICATE,
  outcomeOf,
  PFX,
  TLSClient,
} from "../support/tls.js";
import { ForkingHTTPSServer, ThreadsHTTPSServer, Where } from "../support/tls-servers.js";

const SERVERS: readonly (typeof HTTPSServer)[] = [
  // Older versions of Node throw the error that `threading-mixin.test.ts` tests.
  ...(canTransferSockets() ? [ThreadsHTTPSServer] : []),
  ForkingHTTPSServer,
];
const HERE = `${process.pid}.0`;

/** A running server, and a way to connect to it. */
interface Served {
  readonly httpd: HTTPSServer;
  connect(options?: ConnectionOptions): Promise<TLSClient>;
  /** A connection without TLS. */
  connectRaw(): Promise<RawClient>;
}

function start(t: TestContext, Server: typeof HTTPSServer, options: HTTPSServerOptions = {}): Served {
  const { cert, key } = CERTIFICATE;
  const isGiven = options.certfile !== undefined || options.pfx !== undefined;
  const httpd = new Server(["127.0.0.1", 0], Where, { ...(!isGiven && { cert, key }), ...options });
  httpd.drain_timeout = null;
  httpd.handshake_timeout = null;
  const { server_port: port } = httpd;
  const sockets: { destroy(): unknown }[] = [];
  t.after(() => {
    for (const socket of sockets) socket.destroy();
  });
  serve(t, httpd);
  return {
    httpd,
    async connect(options = {}) {
      const defaults = { host: "127.0.0.1", port, ca: cert, allowHalfOpen: true };
      const socket = connect({ ...defaults, ...options });
      sockets.push(socket);
      const client = new TLSClient(socket);
      await once(socket, "secureConnect");
      return client;
    },
    async connectRaw() {
      const socket = connectSocket({ host: "127.0.0.1", port, allowHalfOpen: true });
      sockets.push(socket);
      await once(socket, "connect");
      return new RawClient(socket);
    },
  };
}

/** Returns the worker of a connection, which stays open. */
async function whereIs(client: TLSClient): Promise<string> {
  return (await client.send(get("/")).reply()).content;
}

/** Returns the fingerprints of the certificates of two workers. */
async function shown(served: Served): Promise<Set<string>> {
  const clients: TLSClient[] = [];
  const places = new Set<string>();
  // Two connections go to two workers. But if an earlier one still counts, a third connection is necessary.
  while (places.size < 2 && clients.length < 10) {
    const client = await served.connect({ rejectUnauthorized: false });
    clients.push(client);
    places.add(await whereIs(client));
  }
  assert.equal(places.size, 2, "both workers are asked");
  const fingerprints = clients.map(({ socket }) => socket.getPeerCertificate().fingerprint256);
  for (const { socket } of clients) socket.destroy();
  return new Set(fingerprints);
}

for (const Server of SERVERS) {
  const named = (name: string) => `${Server.name}: ${name}`;

  test(named("handshakes are made in the workers"), async (t) => {
    const served = start(t, Server);
    const clients = [await served.connect({ ALPNProtocols: ["h2", "http/1.1"] }), await served.connect()];
    const [one, other] = [await whereIs(clients[0] as TLSClient), await whereIs(clients[1] as TLSClient)];
    assert.equal(clients[0]?.socket.alpnProtocol, "http/1.1");
    assert.notEqual(one, HERE);
    assert.notEqual(other, HERE);
    assert.notEqual(one, other);
    assert.equal(await whereIs(clients[0] as TLSClient), one);
  });

  test(named("clients are asked for certificates in the workers"), async (t) => {
    for (const [rejectUnauthorized, client, answer] of [
      [true, ALICE, "alice true"],
      [true, {}, null],
      [true, MALLORY, null],
      [false, {}, "nobody false"],
      [false, MALLORY, "mallory false"],
    ] as const) {
      const served = start(t, Server, { requestCert: true, ca: ALICE.cert, rejectUnauthorized });
      // With TLS 1.3, a client learns about the refusal only after its side of the handshake has finished.
      const reply = served.connect(client).then((connected) => connected.send(get("/client")).reply());
      assert.equal((await reply.catch(() => null))?.content ?? null, answer);
    }
  });

  test(named("an upload, and requests behind it"), async (t) => {
    const client = await start(t, Server).connect();
    client.send(request("POST", "/", ["Content-Length: 3000000"])).send(Buffer.alloc(3_000_000));
    client.send(get("/") + get("/"));
    assert.equal((await client.reply()).content, "3000000");
    assert.equal((await client.reply()).content, (await client.reply()).content);
  });

  for (const [what, options] of Object.entries({
    bytes: { cert: Buffer.from(CERTIFICATE.cert), key: Buffer.from(CERTIFICATE.key) },
    "a PKCS #12": { pfx: PFX, passphrase: "secret" },
  })) {
    test(named(`a certificate that is given as ${what}`), async (t) => {
      const served = start(t, Server, options);
      assert.equal((await shown(served)).size, 1);
    });
  }

  test(named("load_cert_chain() reaches all workers, those that start later too"), async (t) => {
    const files = certificateFiles(t);
    const served = start(t, Server, { certfile: files.certfile, keyfile: files.keyfile });
    const old = await served.connect();
    const place = await whereIs(old);
    files.replace(OTHER_CERTIFICATE);
    served.httpd.load_cert_chain();
    const other = await served.connect({ ca: OTHER_CERTIFICATE.cert });
    assert.notEqual(await whereIs(other), place);
    other.socket.destroy();
    assert.equal(await whereIs(old), place);
    old.socket.destroy();
    assert.deepEqual(await shown(served), new Set([OTHER_CERTIFICATE.fingerprint]));
  });

  test(named("load_cert_chain() with a certificate that can't be used changes nothing"), async (t) => {
    const files = certificateFiles(t);
    const served = start(t, Server, { certfile: files.certfile, keyfile: files.keyfile });
    files.add("key.pem", OTHER_CERTIFICATE.key);
    assert.throws(() => served.httpd.load_cert_chain(), CertificateError);
    assert.deepEqual(await shown(served), new Set([CERTIFICATE.fingerprint]));
  });

  for (const maxVersion of ["TLSv1.2", "TLSv1.3"] as const) {
    test(named(`a client goes on in one worker with its session from another, ${maxVersion}`), async (t) => {
      const served = start(t, Server);
      const first = await served.connect({ maxVersion });
      const place = await whereIs(first);
      assert.ok(first.session, "the session comes before the reply");
      const second = await served.connect({ maxVersion, session: first.session });
      assert.ok(second.socket.isSessionReused());
      assert.notEqual(await whereIs(second), place);
    });
  }

  test(named("the key of tickets changes in all of them when the certificate is read again"), async (t) => {
    const served = start(t, Server);
    const first = await served.connect();
    const place = await whereIs(first);
    served.httpd.load_cert_chain();
    const second = await served.connect({ session: first.session });
    assert.notEqual(await whereIs(second), place);
    assert.ok(second.socket.isSessionReused(), "a ticket of the last key");
    served.httpd.load_cert_chain();
    await first.end().rest();
    const third = await served.connect({ session: first.session });
    await whereIs(third);
    assert.ok(!third.socket.isSessionReused(), "a ticket of the key before the last");
  });

  test(named("clients that speak no TLS get an end, without a stack trace"), async (t) => {
    const errors = standardError(t);
    const served = start(t, Server);
    const { status, content } = await (await served.connectRaw()).send(get("/")).reply();
    assert.equal(status, 400);
    assert.match(content, /HTTPS/);
    for (const bytes of ["\0\0\0", "\x16\x03\x01\x00\x04abcd", ""])
      assert.doesNotMatch(await (await served.connectRaw()).end(bytes).rest(), /HTTP/);
    const client = connect({ port: served.httpd.server_port, host: "127.0.0.1", ca: [] });
    assert.equal(await outcomeOf(client), "DEPTH_ZERO_SELF_SIGNED_CERT");
    assert.deepEqual(errors, []);
    await whereIs(await served.connect());
  });

  /** Connections with handshakes that stall. */
  const stopped = async (served: Served): Promise<RawClient[]> => {
    if (Server === ForkingHTTPSServer) Object.assign(served.httpd, { max_children: 20 });
    const hello = await clientHello();
    const clients = [];
    for (const bytes of [new Uint8Array(0), hello.subarray(0, 20), hello]) {
      for (let count = 0; count < 3; count++) clients.push((await served.connectRaw()).send(bytes));
    }
    return clients;
  };

  test(named("handshakes that do not go on hold up nobody"), async (t) => {
    const served = start(t, Server);
    await stopped(served);
    assert.notEqual(await whereIs(await served.connect()), HERE);
  });

  test(named("handshakes that do not go on have handshake_timeout seconds"), async (t) => {
    const served = start(t, Server);
    served.httpd.handshake_timeout = 0.5;
    const clients = await stopped(served);
    await Promise.all(clients.map((client) => client.rest()));
  });

  test(named("abort() ends the connection, and not the worker"), async (t) => {
    const served = start(t, Server);
    const client = (await served.connect()).send(get("/abort"));
    assert.equal(await client.rest(), "");
    await whereIs(await served.connect());
  });

  test(named("server_close ends connections that idle, fresh and silent ones at once"), async (t) => {
    const served = start(t, Server);
    const idle = await served.connect();
    await whereIs(idle);
    const fresh = await served.connect();
    const silent = Server === ForkingHTTPSServer ? null : await served.connectRaw();
    await Promise.all([
      served.httpd.server_close(),
      idle.assertEnd(),
      fresh.assertEnd(),
      silent?.assertEnd(),
    ]);
  });

  test(named("server_close cuts off what has not ended after drain_timeout"), async (t) => {
    const served = start(t, Server);
    served.httpd.drain_timeout = 0.05;
    const half = await served.connect();
    half.send(request("POST", "/", ["Content-Length: 9"], "abc"));
    const hello = (await served.connectRaw()).send(await clientHello());
    await hello.read(1);
    await served.httpd.server_close();
    await Promise.all([half.rest(), hello.rest()]);
  });

  test(named("connections leave nothing open, however they end"), async (t) => {
    const served = start(t, Server);
    for (let count = 0; count < 2; count++) await shown(served);
    const hello = await clientHello();
    await leavesNothingOpen(async () => {
      for (let count = 0; count < 20; count++) {
        const client = (await served.connect()).send(get("/", "Connection: close"));
        await client.reply();
        client.socket.destroy();
        for (const bytes of ["", "x", hello]) {
          const raw = await served.connectRaw();
          raw.socket.end(bytes);
          await raw.rest();
        }
      }
    });
  });
}
