import assert from "node:assert/strict";
import { once } from "node:events";
import { type AddressInfo, connect as connectSocket } from "node:net";
import test, { type TestContext } from "node:test";
import { connect, createServer } from "node:tls";
import { type SelfSignedCertificate, selfSignedCertificate } from "#src/tls/self-signed-certificate.js";

const NAMES = ["localhost", "box.example.test", "127.0.0.1", "192.0.2.7", "::1", "2001:db8::7"];
const certificate = selfSignedCertificate(NAMES);

for (const host of [...NAMES, "BOX.example.test", "2001:DB8:0::7"]) {
  test(`A client that trusts the certificate reaches ${host}`, async (t) => {
    assert.equal(await outcome(t, { host, ca: certificate.cert }), "authorized");
  });
}

for (const host of ["other.test", "a.box.example.test", "example.test", "192.0.2.8", "2001:db8::8"]) {
  test(`A client that trusts the certificate does not take it for ${host}`, async (t) => {
    assert.equal(await outcome(t, { host, ca: certificate.cert }), "ERR_TLS_CERT_ALTNAME_INVALID");
  });
}

test("A client that trusts nobody does not trust the certificate", async (t) => {
  assert.equal(await outcome(t, { host: "localhost", ca: [] }), "DEPTH_ZERO_SELF_SIGNED_CERT");
});

test("A client that trusts another certificate of the same names does not trust this one", async (t) => {
  const ca = selfSignedCertificate(NAMES).cert;
  assert.equal(await outcome(t, { host: "localhost", ca }), "DEPTH_ZERO_SELF_SIGNED_CERT");
});

test("A client that trusts several of the same names finds the one that it needs", async (t) => {
  const ca = [selfSignedCertificate(NAMES).cert, certificate.cert, selfSignedCertificate(NAMES).cert];
  assert.equal(await outcome(t, { host: "localhost", ca }), "authorized");
});

const times: [what: string, from: number, outcome: string][] = [
  ["begun within the hour, by a clock that is ahead", 3590, "authorized"],
  ["not begun", 7200, "CERT_NOT_YET_VALID"],
  ["ended", -398 * 86_400, "CERT_HAS_EXPIRED"],
];
for (const [what, from, expected] of times) {
  test(`A certificate whose time has ${what}: ${expected}`, async (t) => {
    t.mock.timers.enable({ apis: ["Date"], now: Date.now() + from * 1000 });
    const made = selfSignedCertificate(["localhost"]);
    t.mock.timers.reset();
    assert.equal(await outcome(t, { host: "localhost", ca: made.cert }, made), expected);
  });
}

test("The certificate's fingerprint is what a client sees", async (t) => {
  const client = await connectTo(t, { host: "localhost", ca: certificate.cert });
  await once(client, "secureConnect");
  assert.equal(client.getPeerCertificate().fingerprint256, certificate.fingerprint);
});

interface Trust {
  /** Host that the client wants to reach, independent of its real address. */
  readonly host: string;
  readonly ca: string | string[];
}

/** `authorized`, or the code of the client's objection to the server. */
async function outcome(t: TestContext, trust: Trust, served?: SelfSignedCertificate): Promise<string> {
  const client = await connectTo(t, trust, served);
  return new Promise((resolve) => {
    client.once("secureConnect", () => resolve(client.authorized ? "authorized" : "unauthorized"));
    client.once("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
  });
}

async function connectTo(t: TestContext, { host, ca }: Trust, { cert, key } = certificate) {
  const server = createServer({ cert, key }, (socket) => socket.on("error", () => {}));
  server.on("tlsClientError", () => {});
  server.listen(0, "127.0.0.1");
  t.after(() => server.close());
  await once(server, "listening");

  const { port } = server.address() as AddressInfo;
  const client = connect({ socket: connectSocket(port, "127.0.0.1"), host, ca });
  t.after(() => client.destroy());
  return client;
}
