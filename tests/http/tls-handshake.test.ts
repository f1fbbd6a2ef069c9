import assert from "node:assert/strict";
import { once } from "node:events";
import type { Socket } from "node:net";
import { type TestContext, test } from "node:test";
import * as tls from "node:tls";
import { DisconnectedError } from "pyserve/socketserver";
import { handshake } from "#src/http/tls-handshake.js";
import { noneUnhandled } from "../support/http.js";
import { allFrom, gone, socketPair } from "../support/loopback.js";
import { leavesNothingOpen, turns } from "../support/servers.js";
import { CERTIFICATE, clientHello, outcomeOf } from "../support/tls.js";

const { cert, key } = CERTIFICATE;
const secureContext = tls.createSecureContext({ cert, key });

/** A handshake in progress, with a client that has sent nothing yet. */
interface Begun {
  readonly client: Socket;
  readonly server: Socket;
  readonly result: Promise<tls.TLSSocket>;
  /** Number of reports to the server that the client has begun. */
  readonly begun: () => number;
}

async function begin(
  t: TestContext,
  options: tls.TLSSocketOptions & { timeout?: number } = {},
): Promise<Begun> {
  noneUnhandled(t);
  const { client, server } = await socketPair(t);
  let count = 0;
  const { timeout = null, ...others } = options;
  const secure = { secureContext, ALPNProtocols: ["http/1.1"], ...others };
  const result = handshake(server, secure, timeout, () => void count++);
  result.catch(() => {});
  return { client, server, result, begun: () => count };
}

function startClient(t: TestContext, socket: Socket, options: tls.ConnectionOptions = {}): tls.TLSSocket {
  const client = tls.connect({ socket, host: "localhost", ca: cert, ...options });
  client.on("error", () => {});
  t.after(() => client.destroy());
  return client;
}

async function fails({ result, server }: Begun): Promise<DisconnectedError> {
  const error = await result.then(
    () => assert.fail("the handshake has not failed"),
    (error) => error,
  );
  assert.ok(error instanceof DisconnectedError, String(error));
  assert.equal(server.listenerCount("readable"), 0);
  return error;
}

/** Resolves when the other end has ended its sending side, in any way. */
function ended(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    if (socket.readableEnded || socket.destroyed) resolve();
    socket.once("end", () => resolve());
    socket.once("close", () => resolve());
    socket.resume();
  });
}

test("handshake returns an encrypted connection", async (t) => {
  const begun = await begin(t);
  const client = startClient(t, begun.client);
  assert.equal(await outcomeOf(client), null);
  const server = await begun.result;
  assert.equal(begun.begun(), 1);
  client.write("ping");
  assert.equal(String((await once(server, "data"))[0]), "ping");
  server.write("pong");
  assert.equal(String((await once(client, "data"))[0]), "pong");
  assert.ok(server.encrypted);
  server.destroy();
});

test("handshake leaves the bytes after it unread", async (t) => {
  const begun = await begin(t);
  const client = startClient(t, begun.client);
  client.end("at once");
  const server = await begun.result;
  await turns();
  assert.equal(await allFrom(server), "at once");
  server.destroy();
});

test("handshake accepts a message that arrives byte by byte", async (t) => {
  const begun = await begin(t);
  const { client } = begun;
  client.setNoDelay(true);
  for (const byte of await clientHello()) {
    client.write(Uint8Array.of(byte));
    await turns(1);
  }
  // The server's answer begins with a record of a handshake.
  assert.equal(((await once(client, "data"))[0] as Buffer)[0], 0x16);
  client.destroy();
  await fails(begun);
});

for (const [offered, outcome] of [
  [["http/1.1"], "http/1.1"],
  [["h2", "http/1.1"], "http/1.1"],
  [["http/1.1", "h2"], "http/1.1"],
  [[], false],
] as const) {
  test(`handshake chooses ${outcome || "no protocol"} for a client that offers ${offered.join(", ") || "none"}`, async (t) => {
    const begun = await begin(t);
    const client = startClient(t, begun.client, { ALPNProtocols: [...offered] });
    assert.equal(await outcomeOf(client), null);
    assert.equal(client.alpnProtocol, outcome);
    (await begun.result).destroy();
  });
}

const refusals: Readonly<Record<string, readonly [tls.ConnectionOptions, code: string]>> = {
  "offers HTTP/2 alone": [{ ALPNProtocols: ["h2"] }, "ERR_SSL_TLSV1_ALERT_NO_APPLICATION_PROTOCOL"],
  "speaks nothing newer than TLS 1.1": [
    { minVersion: "TLSv1", maxVersion: "TLSv1.1", ciphers: "ALL:@SECLEVEL=0" },
    "ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION",
  ],
  "has no cipher that the server has": [
    { maxVersion: "TLSv1.2", ciphers: "AES128-SHA" },
    "ERR_SSL_SSL/TLS_ALERT_HANDSHAKE_FAILURE|ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE",
  ],
};

for (const [what, [options, code]] of Object.entries(refusals)) {
  test(`handshake tells a client that ${what}, and fails`, async (t) => {
    const begun = await begin(t);
    const outcome = await outcomeOf(startClient(t, begun.client, options));
    assert.match(String(outcome), new RegExp(`^(?:${code})$`));
    const error = await fails(begun);
    assert.ok(error.cause instanceof Error, "what OpenSSL says is the cause");
  });
}

for (const [version, options] of Object.entries({
  "TLS 1.3": { maxVersion: "TLSv1.3" },
  "TLS 1.2": { maxVersion: "TLSv1.2" },
} as const)) {
  test(`handshake: a client of ${version} that does not trust the certificate says so, which is no error of the server`, async (t) => {
    const begun = await begin(t);
    const outcome = await outcomeOf(startClient(t, begun.client, { ca: [], ...options }));
    assert.equal(outcome, "DEPTH_ZERO_SELF_SIGNED_CERT");
    // Node's client checks the certificate only after the handshake, and then leaves.
    const server = await begun.result.catch(() => begun.server);
    await ended(server);
    server.destroy();
  });
}

const hello = await clientHello();

/** Bytes that a client has sent when it stops. */
const stages: Readonly<Record<string, Uint8Array>> = {
  nothing: new Uint8Array(0),
  "one byte": hello.subarray(0, 1),
  "half of its first message": hello.subarray(0, hello.length / 2),
  "its first message": hello,
};

const leaving: Readonly<Record<string, (client: Socket) => void>> = {
  "ends its sending": (client) => void client.end(),
  "closes the connection": (client) => void client.destroy(),
  "resets the connection": (client) => void client.resetAndDestroy(),
};

for (const [stage, bytes] of Object.entries(stages)) {
  for (const [what, leave] of Object.entries(leaving)) {
    test(`handshake fails when a client has sent ${stage} and ${what}`, async (t) => {
      const begun = await begin(t);
      begun.client.resume();
      if (bytes.length > 0) {
        await new Promise<void>((resolve) => begun.client.write(bytes, () => resolve()));
        await turns();
      }
      leave(begun.client);
      await fails(begun);
      begun.server.destroy();
      assert.equal(begun.begun(), Math.min(bytes.length, 1));
    });
  }

  test(`handshake fails when a client has sent ${stage} and no more in time`, async (t) => {
    const begun = await begin(t, { timeout: 0.05 });
    begun.client.resume();
    begun.client.write(bytes);
    await fails(begun);
    assert.ok(begun.server.destroyed);
    await ended(begun.client);
  });
}

for (const [what, bytes] of Object.entries({
  "a byte that begins no record": "\0",
  "text in lower case": "get / http/1.1\r\n\r\n",
  "a message of SSL 2": "\x80\x2e\x01\x00\x02",
  "what no HTTP is": "\x7b\x01\x02",
})) {
  test(`handshake fails at ${what}, and sends nothing`, async (t) => {
    const begun = await begin(t);
    begun.client.write(bytes, "latin1");
    const error = await fails(begun);
    assert.equal(error.message, "The client does not speak TLS.");
    begun.server.end();
    assert.equal(await allFrom(begun.client), "");
    begun.server.destroy();
  });
}

test("handshake explains the problem to a client that speaks plain HTTP", async (t) => {
  const begun = await begin(t);
  begun.client.write("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
  await fails(begun);
  begun.server.end();
  const reply = await allFrom(begun.client);
  const [head, content = ""] = reply.split("\r\n\r\n");
  assert.match(String(head), /^HTTP\/1\.1 400 Bad Request\r\n/);
  assert.match(String(head), new RegExp(`\r\nContent-Length: ${content.length}\r\nConnection: close$`));
  assert.match(content, /HTTPS/);
  begun.server.destroy();
});

for (const [what, bytes] of Object.entries({
  "a record of a handshake that holds garbage": `\x16\x03\x01\x00\x04abcd`,
  "a record that is longer than one may be": "\x16\x03\x01\xff\xffabcd",
  "a version that there is not": "\x16\x09\x09\x00\x04abcd",
})) {
  test(`handshake fails at ${what}`, async (t) => {
    const begun = await begin(t);
    begun.client.resume();
    begun.client.write(bytes, "latin1");
    const error = await fails(begun);
    assert.ok(error.cause instanceof Error);
    await ended(begun.client);
  });
}

test("handshake fails for a closed connection", async (t) => {
  const { server } = await socketPair(t);
  server.destroy();
  const begun = () => assert.fail("nothing has come");
  await assert.rejects(
    handshake(server, { secureContext, ALPNProtocols: [] }, null, begun),
    DisconnectedError,
  );
});

test("handshake leaves no timer, and does not keep the process alive", async (t) => {
  const timers = () => process.getActiveResourcesInfo().filter((name) => name === "Timeout").length;
  const before = timers();
  const begun = await begin(t, { timeout: 1000 });
  await turns();
  assert.equal(timers(), before);
  startClient(t, begun.client);
  (await begun.result).destroy();
});

test("handshake returns a connection that can be reset, like one without TLS", async (t) => {
  const begun = await begin(t);
  const client = startClient(t, begun.client);
  await outcomeOf(client);
  const server = await begun.result;
  const failure = outcomeOf(client);
  assert.equal(server.resetAndDestroy(), server);
  assert.equal(await failure, "ECONNRESET");
});

test("handshake leaves no descriptor behind, however it ends", async (t) => {
  await leavesNothingOpen(async () => {
    for (const bytes of [
      ...Object.values(stages),
      Buffer.from("GET /"),
      Buffer.from("\x16\x03\x01\x00\x04abcd"),
    ]) {
      const begun = await begin(t);
      begun.client.end(bytes);
      await fails(begun);
      begun.server.destroy();
      begun.client.destroy();
    }
  });
});

test("handshake returns a connection that ends if the client violates the protocol later", async (t) => {
  const begun = await begin(t);
  const client = startClient(t, begun.client);
  client.write("a record that is whole");
  const server = await begun.result;
  await once(server, "data");
  const closed = gone(server);
  begun.client.write(`\x17\x03\x03\x00\x20${"x".repeat(32)}`, "latin1");
  await closed;
  assert.equal((server.errored as NodeJS.ErrnoException).code, "ERR_SSL_DECRYPTION_FAILED_OR_BAD_RECORD_MAC");
  await ended(client);
});

test("handshake returns a connection that ends if the client wants another handshake", async (t) => {
  const begun = await begin(t);
  const client = startClient(t, begun.client, { maxVersion: "TLSv1.2" });
  assert.equal(await outcomeOf(client), null);
  const server = await begun.result;
  const closed = gone(server);
  client.renegotiate({}, () => {});
  await closed;
  assert.equal((server.errored as NodeJS.ErrnoException).code, "ERR_TLS_RENEGOTIATION_DISABLED");
  await ended(client);
});
