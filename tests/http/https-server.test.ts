import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { connect as connectSocket, type Socket } from "node:net";
import { type TestContext, test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { connect, type SecureVersion, TLSSocket } from "node:tls";
import { format, inspect, promisify } from "node:util";
import {
  BaseHTTPRequestHandler,
  CertificateError,
  type HTTPHandlerClass,
  HTTPServer,
  HTTPSServer,
  type HTTPSServerOptions,
  type InetAddress,
  ThreadingHTTPSServer,
} from "pyserve/http/server";
import { TCPServer } from "pyserve/socketserver";
import { Child } from "../support/child.js";
import { Clock } from "../support/clock.js";
import {
  get,
  HTTP_SERVERS,
  leavesSocketsClosed,
  noneUnhandled,
  request,
  serveHttp,
  TestHandler,
} from "../support/http.js";
import {
  closeAfter,
  deferred,
  leavesNothingOpen,
  serve,
  standardError,
  turns,
  until,
} from "../support/servers.js";
import {
  CERTIFICATE,
  certificateFiles,
  clientHello,
  encryptedKey,
  HTTPS_SERVERS,
  has,
  OTHER_CERTIFICATE,
  outcomeOf,
  PFX,
  serveHttps,
  TLSClient,
  type TLSFixture,
} from "../support/tls.js";

const run = promisify(execFile);
const withoutCurl = !has("curl");
const withoutPython = !has("python3");
const CHUNK = Buffer.alloc(64 * 1024, "x");
const CHUNKS = 300;

class Service extends TestHandler {
  do_GET(): void | Promise<void> {
    if (this.path === "/large") return this.#large();
    if (this.path === "/abort") return this.abort();
    this.respond(`${this.path} ${(this.request as TLSSocket).alpnProtocol}`);
  }

  do_HEAD() {
    this.respond(this.path);
  }

  async do_POST() {
    const hash = createHash("sha256");
    for await (const piece of this.rfile) hash.update(piece);
    this.respond(hash.digest("hex"));
  }

  async #large() {
    this.send_response(200);
    this.end_headers();
    for (let count = 0; count < CHUNKS; count++) await this.wfile.write(CHUNK);
  }
}

class Quiet extends TestHandler {
  do_GET() {
    this.respond("quiet");
  }
}

/** Sends the only request of a connection, and returns the response. */
async function ask(fixture: TLSFixture, path = "/"): Promise<string> {
  const client = await fixture.sendTLS(get(path, "Connection: close"));
  const { content } = await client.reply();
  client.socket.destroy();
  return content;
}

/** A server that is created, but does not serve. */
function make(options: HTTPSServerOptions, address: InetAddress = ["127.0.0.1", 0]): HTTPSServer {
  return new HTTPSServer(address, BaseHTTPRequestHandler, options);
}

/** Events that change the key of session tickets. */
const KEY_CHANGES: Readonly<Record<string, (t: TestContext) => (server: HTTPSServer) => void>> = {
  "when the certificate is read again": () => (server) => server.load_cert_chain(),
  "every hour": (t) => {
    t.mock.timers.enable({ apis: ["setInterval"] });
    return () => t.mock.timers.tick(60 * 60 * 1000);
  },
};

/** Sends a request on a new connection. Returns whether an old session was resumed, and the ticket for the next one. */
async function ticketFor(
  fixture: TLSFixture,
  options: { readonly maxVersion: SecureVersion; readonly session?: Buffer | undefined },
): Promise<{ readonly isReused: boolean; readonly session: Buffer | undefined }> {
  const client = await fixture.connectTLS(options);
  await client.send(get("/1", "Connection: close")).reply();
  return { isReused: client.socket.isSessionReused(), session: client.session ?? client.socket.getSession() };
}

for (const Server of HTTPS_SERVERS) {
  const named = (name: string) => `${Server.name}: ${name}`;

  test(named("several requests on one connection"), async (t) => {
    const fixture = serveHttps(t, Service, { Server });
    const client = await fixture.connectTLS({ ALPNProtocols: ["h2", "http/1.1"] });
    assert.equal((await client.send(get("/1")).reply()).content, "/1 http/1.1");
    const head = await client.send(request("HEAD", "/two")).reply("HEAD");
    assert.equal(head.fields["content-length"], "4");
    const { content } = await client.send(request("POST", "/", ["Content-Length: 3"], "abc")).reply();
    assert.equal(content, createHash("sha256").update("abc").digest("hex"));
    assert.equal((await client.send(get("/2", "Connection: close")).reply()).content, "/2 http/1.1");
    await client.assertEnd();
    assert.deepEqual(fixture.log, [
      '"GET /1 HTTP/1.1" 200 -',
      '"HEAD /two HTTP/1.1" 200 -',
      '"POST / HTTP/1.1" 200 -',
      '"GET /2 HTTP/1.1" 200 -',
    ]);
  });

  test(named("pipelined requests, and one that comes byte by byte"), async (t) => {
    const fixture = serveHttps(t, Service, { Server });
    const client = await fixture.sendTLS(get("/1") + get("/2") + get("/3"));
    for (const path of ["/1", "/2", "/3"]) assert.equal((await client.reply()).content, `${path} false`);
    await client.sendPieces(get("/4"));
    assert.equal((await client.reply()).content, "/4 false");
  });

  test(named("a request in the same breath as the handshake"), async (t) => {
    const fixture = serveHttps(t, Service, { Server });
    const socket = fixture.startTLS();
    socket.end(get("/early"));
    let reply = "";
    for await (const piece of socket) reply += piece;
    assert.match(reply, /\/early false$/);
  });

  test(named("a download that the client takes late"), async (t) => {
    const fixture = serveHttps(t, Service, { Server });
    const client = await fixture.connectTLS();
    client.socket.pause();
    client.send(get("/large"));
    await turns(200);
    const [raw] = fixture.connections;
    const sent = raw?.bytesWritten ?? 0;
    assert.ok(sent < (CHUNKS * CHUNK.length) / 2, `the server waits for the client, after ${sent} bytes`);
    client.socket.resume();
    const { content, isCut } = await client.reply();
    assert.equal(content.length, CHUNKS * CHUNK.length);
    assert.ok(!isCut);
  });

  test(named("an upload that the handler takes late"), async (t) => {
    const begun = deferred();
    const released = deferred();
    class Late extends Service {
      override async do_POST() {
        begun.resolve();
        await released.promise;
        await super.do_POST();
      }
    }
    const fixture = serveHttps(t, Late, { Server });
    const client = await fixture.connectTLS();
    const content = Buffer.alloc(CHUNKS * CHUNK.length, "0123456789");
    client.send(request("POST", "/", [`Content-Length: ${content.length}`])).send(content);
    await begun.promise;
    await turns(200);
    const [raw] = fixture.connections;
    const received = raw?.bytesRead ?? 0;
    assert.ok(received < content.length / 2, `the server does not read ahead, after ${received} bytes`);
    released.resolve();
    assert.equal((await client.reply()).content, createHash("sha256").update(content).digest("hex"));
  });

  test(named("a client that has ended its sending still gets its reply"), async (t) => {
    const fixture = serveHttps(t, Service, { Server });
    const client = (await fixture.connectTLS()).end(get("/last"));
    assert.equal((await client.reply()).content, "/last false");
    await client.assertEnd();
  });

  test(named("abort() ends the connection at once"), async (t) => {
    const fixture = serveHttps(t, Service, { Server });
    const client = await fixture.sendTLS(get("/1") + get("/abort"));
    assert.equal((await client.reply()).content, "/1 false");
    assert.equal(await client.rest(), "");
    await leavesSocketsClosed(fixture);
  });

  test(named("a request in the clear is answered with 400, without a stack trace"), async (t) => {
    const errors = standardError(t);
    const fixture = serveHttps(t, Service, { Server });
    const client = await fixture.send(get("/"));
    const { status, content, fields } = await client.reply();
    assert.equal(status, 400);
    assert.match(fields.date ?? "", /GMT$/);
    assert.match(content, /This port uses HTTPS/);
    await client.assertEnd();
    assert.deepEqual(errors, []);
    assert.deepEqual(fixture.log, []);
  });

  for (const preface of ["PROXY TCP4 192.0.2.1 192.0.2.2 1 443\r\n", "\r\n\r\n\0\r\nQUIT\n!\x11\0\0"]) {
    test(named(`the PROXY protocol is named in a 400: ${JSON.stringify(preface)}`), async (t) => {
      const client = await serveHttps(t, Service, { Server }).send(preface);
      const { status, content } = await client.reply();
      assert.deepEqual([status, /PROXY protocol/.test(content)], [400, true]);
      await client.assertEnd();
    });
  }

  for (const [what, bytes] of Object.entries({
    garbage: "\0\0\0",
    "half of a message": "\x16\x03\x01\x00\xffabc",
    "a broken message": "\x16\x03\x01\x00\x04abcd",
    nothing: "",
  })) {
    test(named(`a client that sends ${what} and the end gets the end`), async (t) => {
      const fixture = serveHttps(t, Service, { Server });
      const client = (await fixture.connect()).end(bytes);
      await client.rest();
      await leavesSocketsClosed(fixture);
      assert.ok(fixture.disconnects.length > 0, "handle_error is told that the client is gone");
      assert.match(await ask(fixture), /^\//);
    });
  }

  test(
    named("a record that is forged ends the connection, and the handler that waits for more"),
    async (t) => {
      const fixture = serveHttps(t, Service, { Server });
      const raw = await fixture.connect();
      raw.socket.removeAllListeners("data");
      const client = fixture.startTLS({ socket: raw.socket });
      client.write(request("POST", "/", ["Content-Length: 9"], "abc"));
      await once(client, "secureConnect");
      await until(() => raw.socket.writableLength === 0);
      raw.send(`\x17\x03\x03\x00\x20${"x".repeat(32)}`);
      await leavesSocketsClosed(fixture);
    },
  );

  test(named("a client that offers HTTP/2 alone is told so"), async (t) => {
    const fixture = serveHttps(t, Service, { Server });
    const outcome = await outcomeOf(fixture.startTLS({ ALPNProtocols: ["h2"] }));
    assert.equal(outcome, "ERR_SSL_TLSV1_ALERT_NO_APPLICATION_PROTOCOL");
    await leavesSocketsClosed(fixture);
  });

  test(named("a client that does not trust the certificate makes no noise"), async (t) => {
    const errors = standardError(t);
    const fixture = serveHttps(t, Service, { Server });
    for (const maxVersion of ["TLSv1.2", "TLSv1.3"] as const) {
      const outcome = await outcomeOf(fixture.startTLS({ ca: [], maxVersion }));
      assert.equal(outcome, "DEPTH_ZERO_SELF_SIGNED_CERT");
    }
    await leavesSocketsClosed(fixture);
    assert.deepEqual(errors, []);
  });

  test(named("handshakes that do not go on hold up nobody"), async (t) => {
    const fixture = serveHttps(t, Service, { Server });
    const hello = await clientHello();
    for (let count = 0; count < 20; count++) {
      await fixture.connect();
      (await fixture.connect()).send(hello.subarray(0, 20));
      (await fixture.connect()).send(hello);
    }
    assert.equal(await ask(fixture), "/ false");
  });

  for (const [what, bytes] of [
    ["silent", () => new Uint8Array(0)],
    ["slow", async () => (await clientHello()).subarray(0, 20)],
  ] as const) {
    test(named(`a ${what} client has handshake_timeout seconds`), async (t) => {
      class Impatient extends Server {
        static override handshake_timeout = 0.05;
      }
      const fixture = serveHttps(t, Service, { Server: Impatient });
      const client = (await fixture.connect()).send(await bytes());
      assert.equal(await client.rest(), "");
      await leavesSocketsClosed(fixture);
      assert.equal(fixture.disconnects.length, 1);
    });
  }

  test(named("handshake_timeout says nothing of what comes behind the handshake"), async (t) => {
    const clock = new Clock(t);
    const begun = deferred();
    class Impatient extends Server {
      static override handshake_timeout = 0.2;
    }
    class Slow extends Service {
      static override timeout = 0.4;

      override setup() {
        begun.resolve();
        return super.setup();
      }
    }
    const fixture = serveHttps(t, Slow, { Server: Impatient });
    const client = await fixture.connectTLS();
    await begun.promise;
    await turns();
    clock.tick(399);
    await turns();
    assert.equal(client.isEnded, false);
    clock.tick(1);
    await client.assertEnd();
    assert.deepEqual(fixture.disconnects, []);
  });

  test(named("handle_request makes a handshake and serves one request"), async (t) => {
    noneUnhandled(t);
    const { cert, key } = CERTIFICATE;
    const httpd = closeAfter(t, new Server(["127.0.0.1", 0], Quiet, { cert, key }));
    const handled = httpd.handle_request();
    const socket = connect({ port: httpd.server_port, host: "127.0.0.1", ca: cert });
    const client = new TLSClient(socket).send(get("/"));
    const { content, fields } = await client.reply();
    assert.equal(content, "quiet");
    // If no other connection is served meanwhile, this one must not idle.
    assert.equal(fields.connection, Server === HTTPSServer ? "close" : undefined);
    client.socket.destroy();
    await handled;
  });

  test(named("verify_request comes before the handshake, and may refuse it"), async (t) => {
    const seen: unknown[] = [];
    class Selective extends Server {
      override verify_request(request: Socket, client_address: InetAddress) {
        seen.push(request instanceof TLSSocket);
        return seen.length > 1 && super.verify_request(request, client_address);
      }
    }
    const fixture = serveHttps(t, Service, { Server: Selective });
    assert.notEqual(await outcomeOf(fixture.startTLS()), null);
    assert.equal(await ask(fixture), "/ false");
    assert.deepEqual(seen, [false, false]);
  });

  test(named("an override of finish_request may make the handler itself"), async (t) => {
    const seen: unknown[] = [];
    class Own extends Server {
      override finish_request(request: Socket, client_address: InetAddress) {
        seen.push(request instanceof TLSSocket);
        return this.run_handler(new this.RequestHandlerClass(request, client_address, this));
      }
      override shutdown_request(request: Socket) {
        seen.push(request instanceof TLSSocket);
        return super.shutdown_request(request);
      }
    }
    const fixture = serveHttps(t, Service, { Server: Own });
    assert.equal(await ask(fixture), "/ false");
    await until(() => seen.length === 2);
    assert.deepEqual(seen, [true, true]);
  });

  test(named("hooks that raise: handle_error is told, and the connection ends"), async (t) => {
    class Failing extends Server {
      override finish_request(): Promise<void> {
        throw new Error("on purpose");
      }
    }
    const fixture = serveHttps(t, Service, { Server: Failing });
    const client = await fixture.connectTLS();
    await client.assertEnd();
    assert.deepEqual(fixture.takeErrors().map(String), ["Error: on purpose"]);
  });

  test(named("load_cert_chain() while serving: new connections get it, old ones go on"), async (t) => {
    const files = certificateFiles(t);
    const { certfile, keyfile } = files;
    const fixture = serveHttps(t, Service, { Server, certfile, keyfile });
    const old = await fixture.connectTLS();
    files.replace(OTHER_CERTIFICATE);
    assert.equal(await served(fixture), CERTIFICATE.fingerprint);
    fixture.server.load_cert_chain();
    assert.equal(await served(fixture), OTHER_CERTIFICATE.fingerprint);
    assert.equal((await old.send(get("/old")).reply()).content, "/old false");
  });

  test(named("load_cert_chain() with a certificate that can't be used changes nothing"), async (t) => {
    const files = certificateFiles(t);
    const { certfile, keyfile } = files;
    const fixture = serveHttps(t, Service, { Server, certfile, keyfile });
    files.add("cert.pem", OTHER_CERTIFICATE.cert);
    assert.throws(() => fixture.server.load_cert_chain(), CertificateError);
    assert.throws(() => fixture.server.load_cert_chain(files.add("x.pem", "")), CertificateError);
    assert.equal(await served(fixture), CERTIFICATE.fingerprint);
    assert.equal(fixture.server.certfile, certfile);
    files.add("key.pem", OTHER_CERTIFICATE.key);
    fixture.server.load_cert_chain();
    assert.equal(await served(fixture), OTHER_CERTIFICATE.fingerprint);
  });

  test(named("load_cert_chain(certfile, keyfile, password) takes other files"), async (t) => {
    const { add, certfile } = certificateFiles(t);
    const fixture = serveHttps(t, Service, { Server, pfx: PFX, passphrase: "secret" });
    const keyfile = add("encrypted.pem", encryptedKey("word"));
    fixture.server.load_cert_chain(certfile, keyfile, "word");
    assert.equal(await served(fixture), CERTIFICATE.fingerprint);
    // As in Python, the key is in certfile if no other file is given.
    fixture.server.load_cert_chain(add("both.pem", OTHER_CERTIFICATE.cert + OTHER_CERTIFICATE.key));
    assert.equal(await served(fixture), OTHER_CERTIFICATE.fingerprint);
    assert.equal(fixture.server.keyfile, null);
    assert.equal(fixture.server.password, null);
    fixture.server.load_cert_chain();
    assert.equal(await served(fixture), OTHER_CERTIFICATE.fingerprint);
  });

  test(named("load_cert_chain() takes contents from secure_context_options"), async (t) => {
    const fixture = serveHttps(t, Service, { Server });
    const { cert, key } = OTHER_CERTIFICATE;
    fixture.server.secure_context_options = { cert: Buffer.from(cert), key: Buffer.from(key) };
    fixture.server.load_cert_chain();
    assert.equal(await served(fixture), OTHER_CERTIFICATE.fingerprint);
  });

  for (const version of ["TLSv1.2", "TLSv1.3"] as const) {
    test(named(`a client goes on with its session, ${version}`), async (t) => {
      const fixture = serveHttps(t, Service, { Server });
      const first = await fixture.connectTLS({ maxVersion: version });
      await first.send(get("/1", "Connection: close")).reply();
      await until(() => first.session !== undefined, "a session");
      const options = { maxVersion: version, session: first.session as Buffer };
      const second = await fixture.connectTLS(options);
      assert.ok(second.socket.isSessionReused());
      assert.equal((await second.send(get("/2")).reply()).content, "/2 false");
    });
  }

  for (const maxVersion of ["TLSv1.2", "TLSv1.3"] as const) {
    for (const [when, change] of Object.entries(KEY_CHANGES)) {
      test(
        named(`${when}, the key of tickets changes: those of the last one are taken, ${maxVersion}`),
        async (t) => {
          const rotate = change(t);
          const fixture = serveHttps(t, Service, { Server });
          const first = await ticketFor(fixture, { maxVersion });
          rotate(fixture.server);
          const second = await ticketFor(fixture, { maxVersion, session: first.session });
          rotate(fixture.server);
          const third = await ticketFor(fixture, { maxVersion, session: first.session });
          const fourth = await ticketFor(fixture, { maxVersion, session: second.session });
          assert.deepEqual(
            [first, second, third, fourth].map(({ isReused }) => isReused),
            [false, true, false, true],
          );
        },
      );
    }

    test(named(`keys of tickets that are given stay, ${maxVersion}`), async (t) => {
      const fixture = serveHttps(t, Service, { Server, ticketKeys: Buffer.alloc(48, "k") });
      const { session } = await ticketFor(fixture, { maxVersion });
      for (let round = 0; round < 3; round++) fixture.server.load_cert_chain();
      assert.equal((await ticketFor(fixture, { maxVersion, session })).isReused, true);
    });
  }

  test(named("server_close ends connections that idle at once, and waits for replies"), async (t) => {
    const begun = deferred();
    const released = deferred();
    class Slow extends Service {
      override async do_GET() {
        if (this.path !== "/slow") return super.do_GET();
        begun.resolve();
        await released.promise;
        this.respond("in the end");
      }
    }
    class Patient extends Server {
      static override drain_timeout = null;
      static override handshake_timeout = null;
    }
    const fixture = serveHttps(t, Slow, { Server: Patient });
    const [silent, fresh, idle] = [
      await fixture.connect(),
      await fixture.connectTLS(),
      await fixture.connectTLS(),
    ];
    await idle.send(get("/1")).reply();
    const slow = await fixture.sendTLS(get("/slow"));
    await begun.promise;
    const closed = fixture.server.server_close();
    await Promise.all([silent.assertEnd(), fresh.assertEnd(), idle.assertEnd()]);
    released.resolve();
    const { content, fields } = await slow.reply();
    assert.equal(content, "in the end");
    assert.equal(fields.connection, "close");
    await slow.assertEnd();
    await closed;
  });

  test(named("server_close cuts off what has not ended after drain_timeout"), async (t) => {
    class Hasty extends Server {
      static override drain_timeout = 0.05;
    }
    const fixture = serveHttps(t, Service, { Server: Hasty });
    const hello = (await fixture.connect()).send(await clientHello());
    const halfSent = await fixture.sendTLS("POST / HTTP/1.1\r\nHost: test\r\nContent-Length: 9\r\n\r\nabc");
    const stalled = await fixture.connectTLS();
    stalled.socket.pause();
    stalled.send(get("/large"));
    await turns(50);
    await fixture.server.server_close();
    await leavesSocketsClosed(fixture);
    stalled.socket.resume();
    await Promise.all([hello.rest(), halfSent.rest(), stalled.rest()]);
  });

  test(
    named("a reply that an error cuts off ends in a reset, since its end would look complete"),
    async (t) => {
      const cut = deferred();
      class Cut extends TestHandler {
        async do_GET(): Promise<void> {
          this.send_response(200);
          this.end_headers();
          this.wfile.write("a part");
          await this.wfile.flush();
          await cut.promise;
          throw new Error("cut");
        }
      }
      const fixture = serveHttps(t, Cut, { Server });
      const { socket } = await fixture.sendTLS("GET / HTTP/1.0\r\n\r\n");
      const ended = new Promise<string>((resolve) => {
        socket.once("end", () => resolve("a clean end"));
        socket.once("error", ({ code }: NodeJS.ErrnoException) => resolve(String(code)));
      });
      for (let text = ""; !text.includes("a part"); ) text += (await once(socket, "data"))[0];
      cut.resolve();
      assert.equal(await ended, "ECONNRESET");
      assert.deepEqual(fixture.takeErrors().map(String), ["Error: cut"]);
    },
  );

  test(named("500 connections leave nothing open, however they end"), async (t) => {
    noneUnhandled(t);
    const fixture = serveHttps(t, Service, { Server });
    const hello = await clientHello();
    await leavesNothingOpen(async () => {
      for (let count = 0; count < 50; count++) {
        await ask(fixture);
        for (const text of ["", "x", get("/"), hello.subarray(0, 9), hello]) {
          const client = await fixture.connect();
          client.socket.end(text);
        }
        (await fixture.connect()).send(hello).socket.resetAndDestroy();
        await outcomeOf(fixture.startTLS({ ca: [] }));
        await outcomeOf(fixture.startTLS({ ALPNProtocols: ["h2"] }));
        (await fixture.sendTLS(get("/large"))).socket.destroy();
      }
      await leavesSocketsClosed(fixture);
    });
    assert.equal(await ask(fixture), "/ false");
  });
}

/** Returns the certificate that a new client gets. */
async function served(fixture: TLSFixture): Promise<string> {
  const client = await fixture.connectTLS({ rejectUnauthorized: false });
  const { fingerprint256 } = client.socket.getPeerCertificate();
  client.socket.destroy();
  return fingerprint256;
}

test("requests of several connections take turns on HTTPSServer", async (t) => {
  const log: string[] = [];
  const released = deferred();
  class Logging extends TestHandler {
    async do_GET() {
      log.push(`begin ${this.path}`);
      await released.promise;
      await turn();
      log.push(`end ${this.path}`);
      this.respond(this.path);
    }
  }
  const fixture = serveHttps(t, Logging, { Server: HTTPSServer });
  const clients = [];
  for (let count = 0; count < 5; count++) {
    clients.push(await fixture.sendTLS(get(`/${count}`)));
    await turns();
  }
  released.resolve();
  await Promise.all(clients.map((client) => client.reply()));
  assert.deepEqual(
    log,
    [0, 1, 2, 3, 4].flatMap((count) => [`begin /${count}`, `end /${count}`]),
  );
});

test("requests of several connections are served at the same time on ThreadingHTTPSServer", async (t) => {
  let count = 0;
  const all = deferred();
  class Waiting extends TestHandler {
    async do_GET() {
      if (++count === 3) all.resolve();
      await all.promise;
      this.respond("");
    }
  }
  const fixture = serveHttps(t, Waiting);
  const clients = await Promise.all([1, 2, 3].map(() => fixture.sendTLS(get("/"))));
  await Promise.all(clients.map((client) => client.reply()));
});

test("an override of process_request_thread gets the connection before the handshake, which finish_request runs", async (t) => {
  class Own extends ThreadingHTTPSServer {
    override async process_request_thread(request: Socket, client_address: InetAddress) {
      try {
        await this.finish_request(request, client_address);
      } catch (error) {
        await this.handle_error(request, client_address, error);
      } finally {
        await this.shutdown_request(request);
      }
    }
  }
  const fixture = serveHttps(t, Service, { Server: Own });
  assert.equal(await ask(fixture), "/ false");
  const outcome = await outcomeOf(fixture.startTLS({ ALPNProtocols: ["h2"] }));
  assert.equal(outcome, "ERR_SSL_TLSV1_ALERT_NO_APPLICATION_PROTOCOL");
});

for (const Server of HTTP_SERVERS) {
  test(`a client that speaks TLS to ${Server.name} gets the end, without a stack trace`, async (t) => {
    const errors = standardError(t);
    const fixture = serveHttp(t, Quiet, { Server });
    const client = (await fixture.connect()).send(await clientHello());
    client.socket.end();
    const { status } = await client.reply();
    assert.equal(status, 400);
    await client.assertEnd();
    assert.deepEqual(errors, []);
  });
}

const badCertificates: Readonly<Record<string, (t: TestContext) => HTTPSServerOptions>> = {
  "no certificate": () => ({}),
  "a file that is missing": () => ({ certfile: "missing.pem" }),
  "a file that is not PEM": (t) => ({ certfile: certificateFiles(t).add("x.pem", "text") }),
  "the key of another": (t) => ({
    certfile: certificateFiles(t).certfile,
    keyfile: certificateFiles(t, OTHER_CERTIFICATE).keyfile,
  }),
  "a password that is missing": (t) => {
    const { add, certfile } = certificateFiles(t);
    return { certfile, keyfile: add("x.pem", encryptedKey("secret")) };
  },
  "a password that is wrong": (t) => {
    const { add, certfile } = certificateFiles(t);
    return { certfile, keyfile: add("x.pem", encryptedKey("secret")), password: "guess" };
  },
};

for (const [what, options] of Object.entries(badCertificates)) {
  test(`the constructor throws a CertificateError for ${what}, and leaves nothing bound`, async (t) => {
    await leavesNothingOpen(async () => {
      const free = new TCPServer(["127.0.0.1", 0], Quiet as never);
      const address = free.server_address;
      await free.server_close();
      await once(free.socket, "close").catch(() => {});
      assert.throws(() => make(options(t), address), { code: "PYSERVE_BAD_CERTIFICATE" });
      await turns();
      const next = new TCPServer(address, Quiet as never);
      const serving = next.serve_forever();
      await turns();
      await next.server_close();
      await serving;
    });
  });
}

const wrongOptions: Readonly<Record<string, readonly [HTTPSServerOptions, expected: object]>> = {
  "certfile and cert": [
    { certfile: "a", cert: "b" },
    { name: "TypeError", message: /certfile.*cert/ },
  ],
  "keyfile alone": [
    { keyfile: "a", cert: "b", key: "c" },
    { name: "TypeError", message: /keyfile belongs/ },
  ],
  ciphers: [{ ...CERTIFICATE, ciphers: "nonsense" }, { code: "ERR_SSL_NO_CIPHER_MATCH" }],
};

for (const [what, [options, expected]] of Object.entries(wrongOptions)) {
  test(`the constructor refuses wrong options: ${what}`, () => {
    assert.throws(() => make(options), expected);
  });
}

test("the constructor accepts all options of Node's secure contexts", async (t) => {
  const fixture = serveHttps(t, Service, {
    pfx: PFX,
    passphrase: "secret",
    ciphers: "ECDHE-ECDSA-AES256-GCM-SHA384",
    maxVersion: "TLSv1.2",
  });
  const { socket } = await fixture.connectTLS({ rejectUnauthorized: false });
  assert.equal(socket.getProtocol(), "TLSv1.2");
  assert.equal(socket.getCipher().name, "ECDHE-ECDSA-AES256-GCM-SHA384");
});

test("minVersion refuses clients with older versions", async (t) => {
  const fixture = serveHttps(t, Service, { minVersion: "TLSv1.3" });
  const outcome = await outcomeOf(fixture.startTLS({ maxVersion: "TLSv1.2" }));
  assert.equal(outcome, "ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION");
  assert.equal(await ask(fixture), "/ false");
});

test("alpn_protocols are the server's choices, in its order", async (t) => {
  const fixture = serveHttps(t, Service, { alpn_protocols: ["http/1.1", "http/1.0"] });
  const { socket } = await fixture.connectTLS({ ALPNProtocols: ["http/1.0", "http/1.1"] });
  assert.equal(socket.alpnProtocol, "http/1.1");
  assert.deepEqual(fixture.server.alpn_protocols, ["http/1.1", "http/1.0"]);
});

test("the certificate can be set between the constructor and server_activate", async (t) => {
  const { certfile, keyfile } = certificateFiles(t);
  const httpd = closeAfter(t, make({ bind_and_activate: false }));
  Object.assign(httpd, { certfile, keyfile });
  httpd.server_bind();
  httpd.server_activate();
  serve(t, httpd);
  const socket = connect({ port: httpd.server_port, host: "127.0.0.1", ca: CERTIFICATE.cert });
  assert.equal(await outcomeOf(socket), null);
  socket.destroy();
});

test("handshake_timeout must be a number of seconds, or null", async (t) => {
  const { cert, key } = CERTIFICATE;
  const httpd = closeAfter(t, make({ cert, key }));
  httpd.handshake_timeout = Number.NaN;
  const message =
    "HTTPSServer.handshake_timeout must be a number of seconds, 0 or more, or null for no limit, not NaN.";
  await assert.rejects(httpd.serve_forever(), { name: "RangeError", message });
});

test("attributes are as in Python", (t) => {
  const { certfile, keyfile } = certificateFiles(t);
  const httpd = closeAfter(t, make({ certfile, keyfile, bind_and_activate: false }));
  const { password, alpn_protocols } = httpd;
  assert.deepEqual(
    { certfile: httpd.certfile, keyfile: httpd.keyfile, password, alpn_protocols },
    { certfile, keyfile, password: null, alpn_protocols: ["http/1.1"] },
  );
  assert.ok(httpd instanceof HTTPServer);
});

/** Ways in which people and logging libraries show an object. */
const VIEWS: Readonly<Record<string, (value: unknown) => string>> = {
  "console.log": (value) => format(value),
  'console.log("%o")': (value) => format("%o", value),
  "util.inspect, with all that is hidden": (value) =>
    inspect(value, { depth: Number.POSITIVE_INFINITY, showHidden: true, maxStringLength: null }),
  "JSON.stringify": (value) => JSON.stringify(value, withoutCircles()) ?? "",
  "a copy": (value) => inspect({ ...(value as object) }, { depth: Number.POSITIVE_INFINITY }),
};

/** For objects that refer to themselves. */
function withoutCircles(): (key: string, value: unknown) => unknown {
  const seen = new Set<unknown>();
  return (_key, value) => {
    if (typeof value !== "object" || value === null) return value;
    if (seen.has(value)) return undefined;
    seen.add(value);
    return value;
  };
}

for (const [view, show] of Object.entries(VIEWS)) {
  test(`${view} shows neither the key of a server nor its password`, (t) => {
    const { certfile, add } = certificateFiles(t);
    const [password, encrypted] = ["open sesame", encryptedKey("open sesame")];
    const { cert, key } = CERTIFICATE;
    const [fromFiles, fromContents] = [
      make({ certfile, keyfile: add("key.pem", encrypted), password }),
      make({ cert, key: encrypted, passphrase: password }),
    ].map((httpd) => closeAfter(t, httpd));
    assert.equal(fromFiles?.password, password);
    assert.equal(fromContents?.secure_context_options.key, encrypted);
    for (const httpd of [fromFiles, fromContents, closeAfter(t, make({ cert, key: Buffer.from(key) }))]) {
      const shown = show(httpd);
      assert.ok(shown.includes("server_address"), "the server is shown");
      // Lines of a text may be shown apart, and bytes as numbers.
      for (const secret of [password, ...linesOf(encrypted), ...linesOf(key)])
        assert.ok(!shown.includes(secret));
      for (const bytes of [encrypted, key])
        assert.ok(!shown.includes(JSON.stringify([...Buffer.from(bytes)]).slice(1, -1)));
      assert.ok(!/PRIVATE KEY|passphrase/.test(shown));
    }
  });
}

/** Returns the lines with the content of a PEM text. */
function linesOf(pem: string): string[] {
  return pem.split("\n").filter((line) => line !== "" && !line.startsWith("-----"));
}

/** Files for clients of other programs, and a server for them. */
function serveOthers(
  t: TestContext,
  Handler: HTTPHandlerClass = Service,
): { fixture: TLSFixture; ca: string } {
  return { fixture: serveHttps(t, Handler), ca: certificateFiles(t).certfile };
}

test("curl: several requests, an upload and a download", { skip: withoutCurl }, async (t) => {
  const { fixture, ca } = serveOthers(t);
  const urls = ["/1", "/2", "/large"].map((path) => fixture.url + path);
  const { stdout } = await run("curl", [
    "-sS",
    "--noproxy",
    "*",
    "--cacert",
    ca,
    "-w",
    "%{http_code} %{num_connects} %{size_download} %{http_version}\n",
    ...urls.flatMap((url) => ["-o", "/dev/null", url]),
  ]);
  assert.equal(stdout, `200 1 11 1.1\n200 0 11 1.1\n200 0 ${CHUNKS * CHUNK.length} 1.1\n`);
  const upload = certificateFiles(t).add("upload", CHUNK.toString().repeat(50));
  const sent = await run("curl", [
    "-sS",
    "--noproxy",
    "*",
    "--cacert",
    ca,
    "--data-binary",
    `@${upload}`,
    fixture.url,
  ]);
  assert.equal(sent.stdout, createHash("sha256").update(CHUNK.toString().repeat(50)).digest("hex"));
});

test("curl does not accept an unknown certificate, or an address without TLS", {
  skip: withoutCurl,
}, async (t) => {
  const { fixture } = serveOthers(t);
  await assert.rejects(run("curl", ["-sS", "--noproxy", "*", fixture.url]), { code: 60 });
  const clear = await run("curl", ["-sS", "--noproxy", "*", fixture.url.replace("https", "http")]);
  assert.match(clear.stdout, /uses HTTPS/);
});

const script = `
import http.client, ssl, sys
context = ssl.create_default_context(cafile=sys.argv[2])
connection = http.client.HTTPSConnection("localhost", int(sys.argv[1]), timeout=20, context=context)
def ask(method, path, body=None, headers={}, **rest):
    connection.request(method, path, body, headers, **rest)
    response = connection.getresponse()
    print(method, path, response.status, response.version, response.will_close, len(response.read()))
connection.connect()
socket = connection.sock
ask("GET", "/1")
ask("HEAD", "/1")
ask("POST", "/", b"x" * 1000000)
ask("POST", "/", iter([b"x" * 1000] * 3), encode_chunked=True)
ask("GET", "/large")
print(connection.sock is socket)
ask("GET", "/2", headers={"Connection": "close"})
`;

test("Python's http.client gets every kind of response on one connection", {
  skip: withoutPython,
}, async (t) => {
  const { fixture, ca } = serveOthers(t);
  const { stdout } = await run("python3", ["-c", script, String(fixture.port), ca]);
  assert.deepEqual(stdout.trimEnd().split("\n"), [
    "GET /1 200 11 False 8",
    "HEAD /1 200 11 False 0",
    "POST / 200 11 False 64",
    "POST / 200 11 False 64",
    `GET /large 200 11 False ${CHUNKS * CHUNK.length}`,
    "True",
    "GET /2 200 11 True 8",
  ]);
});

/** Reads to the end, and returns whether it was announced: RFC 8446 §6.1, RFC 9112 §9.8. */
const readToTheEnd = `
import socket, ssl, sys
context = ssl.create_default_context(cafile=sys.argv[2])
raw = socket.create_connection(("localhost", int(sys.argv[1])), timeout=20)
with context.wrap_socket(raw, server_hostname="localhost", suppress_ragged_eofs=False) as connection:
    connection.sendall(f"GET {sys.argv[3]} HTTP/1.0\\r\\n\\r\\n".encode())
    try:
        while connection.recv(65536): pass
        print("close_notify")
    except (ssl.SSLEOFError, ConnectionResetError) as error:
        print("cut")
`;

for (const [path, outcome] of [
  ["/whole", "close_notify"],
  ["/cut", "cut"],
  ["/failing", "cut"],
]) {
  test(`a client can tell by close_notify whether a reply is whole: ${path}`, {
    skip: withoutPython,
  }, async (t) => {
    class WithoutLength extends TestHandler {
      async do_GET() {
        this.send_response(200);
        this.end_headers();
        await this.wfile.write("a beginning");
        await turn();
        this.wfile.write(" and an end");
        if (this.path === "/cut") return this.abort();
        if (this.path === "/failing") throw new Error("on purpose");
      }
    }
    const { fixture, ca } = serveOthers(t, WithoutLength);
    const { stdout } = await run("python3", ["-c", readToTheEnd, String(fixture.port), ca, String(path)]);
    assert.equal(stdout, `${outcome}\n`);
    assert.equal(fixture.takeErrors().length, path === "/failing" ? 1 : 0);
  });
}

const daemons = `
  import { BaseHTTPRequestHandler, ThreadingHTTPSServer } from "pyserve";
  class Handler extends BaseHTTPRequestHandler {
    do_GET() {
      this.send_response(200);
      this.end_headers();
    }
    log_message() {}
  }
  class Server extends ThreadingHTTPSServer {
    static daemon_threads = true;
    static drain_timeout = null;
    static handshake_timeout = null;
  }
  const { cert, key } = ${JSON.stringify(CERTIFICATE)};
  const server = new Server(["127.0.0.1", 0], Handler, { cert, key });
  server.serve_forever();
  process.once("SIGTERM", () => server.shutdown());
  console.log(server.server_port);
`;

for (const [what, begin] of Object.entries({
  "has sent nothing": (socket: Socket) => once(socket, "connect"),
  "is in the middle of its handshake": async (socket: Socket) => {
    socket.write(await clientHello());
    await once(socket, "readable");
  },
  "idles behind its handshake": async (socket: Socket) => {
    const client = connect({ socket, rejectUnauthorized: false });
    client.on("error", () => {});
    client.write(get("/"));
    await once(client, "readable");
  },
})) {
  test(`a connection of a daemon that ${what} does not keep the process alive`, async (t) => {
    const child = new Child(t, daemons);
    await until(() => child.output.includes("\n"), "the port");
    const socket = connectSocket({ host: "127.0.0.1", port: Number.parseInt(child.output, 10) });
    t.after(() => socket.destroy());
    socket.on("error", () => {});
    await begin(socket);
    child.process.kill("SIGTERM");
    assert.equal(await child.end(), 0, child.errors);
  });
}

for (const Server of HTTPS_SERVERS) {
  test(`${Server.name}: a client that takes nothing of a reply has stall_timeout seconds`, async (t) => {
    class Impatient extends Service {
      static override stall_timeout = 0.1;
    }
    const fixture = serveHttps(t, Impatient, { Server });
    const client = await fixture.connectTLS();
    client.socket.pause();
    client.send(get("/large"));
    await leavesSocketsClosed(fixture);
    assert.match(fixture.log.join(), /timed out/);
  });
}
