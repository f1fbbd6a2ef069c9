import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { after, before, describe, type TestContext, test } from "node:test";
import { connect, type TLSSocket } from "node:tls";
import { supportsThreads } from "pyserve";
import { selfSignedCertificate } from "#src/tls/self-signed-certificate.js";
import { endOf, LOCAL, serveCommand, startCommand } from "../support/command.js";
import { until } from "../support/servers.js";
import { encryptedKey } from "../support/tls.js";

const PASSWORD = "correct horse";

let directory: string;
const inDirectory = (name: string) => join(directory, name);
const first = selfSignedCertificate(["127.0.0.1", "localhost"]);
const second = selfSignedCertificate(["127.0.0.1", "localhost"]);

before(() => {
  directory = mkdtempSync(join(tmpdir(), "pyserve-tls-"));
  writeFileSync(inDirectory("hello.txt"), "hello\n");
  writeFileSync(inDirectory("cert.pem"), first.cert);
  writeFileSync(inDirectory("key.pem"), first.key);
  writeFileSync(inDirectory("both.pem"), first.cert + first.key);
  writeFileSync(inDirectory("locked.pem"), encryptedKey(PASSWORD, first));
  writeFileSync(inDirectory("password"), `${PASSWORD}\n`);
});
after(() => rmSync(directory, { recursive: true }));

const serve = (t: TestContext, argv: readonly string[]) =>
  serveCommand(t, [...argv, ...LOCAL], { cwd: directory });

/**
 * Requests the file, and trusts one certificate. Returns the response, and the fingerprint of the server's certificate.
 */
async function ask(port: number, ca?: string): Promise<{ reply: string; fingerprint: string }> {
  const options = { port, host: "127.0.0.1", ...(ca === undefined ? { rejectUnauthorized: false } : { ca }) };
  const socket: TLSSocket = connect(options);
  await once(socket, "secureConnect");
  const fingerprint = socket.getPeerCertificate().fingerprint256;
  socket.end("GET /hello.txt HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
  return { reply: await text(socket), fingerprint };
}

describe("pyserve over TLS", () => {
  test("`pyserve --tls` serves with a certificate whose fingerprint it has printed", async (context) => {
    const { printed, port } = await serve(context, ["-q", "--tls"]);
    assert.ok(
      printed.startsWith(`Serving HTTPS on 127.0.0.1 port ${port} (https://127.0.0.1:${port}/) ...\n`),
    );
    const { reply, fingerprint } = await ask(port);
    assert.match(reply, /^HTTP\/1\.1 200 .*\r\n\r\nhello\n$/s);
    assert.ok(printed.includes(`Certificate SHA-256: ${fingerprint}\n`), printed);
  });

  const ways: readonly (readonly string[])[] = [
    ["--tls-cert", "both.pem"],
    ["--tls-cert", "cert.pem", "--tls-key", "key.pem"],
    ["--tls-cert", "cert.pem", "--tls-key", "locked.pem", "--tls-password-file", "password"],
    ["--tls-cert", "both.pem", "--threads", "0"],
    ...(supportsThreads() ? [["--tls-cert", "both.pem", "--threads", "2"]] : []),
  ];
  for (const argv of ways) {
    test(`\`pyserve ${argv.join(" ")}\` serves with that certificate`, async (context) => {
      const { port } = await serve(context, ["-q", ...argv]);
      assert.match((await ask(port, first.cert)).reply, /\r\n\r\nhello\n$/);
    });
  }

  for (const threads of supportsThreads() ? ["0", "2"] : ["0"]) {
    test(`SIGHUP has \`pyserve --threads ${threads}\` read the certificate again, and a bad one changes nothing`, async (context) => {
      const file = inDirectory(`changing-${threads}.pem`);
      writeFileSync(file, first.cert + first.key);
      const { child, port } = await serve(context, ["-q", "--tls-cert", file, "--threads", threads]);
      let errors = "";
      child.stderr.on("data", (data) => {
        errors += data;
      });
      assert.equal((await ask(port)).fingerprint, first.fingerprint);

      writeFileSync(file, second.cert + second.key);
      child.kill("SIGHUP");
      await until(() => errors.endsWith("was read again.\n"));
      assert.equal((await ask(port, second.cert)).fingerprint, second.fingerprint);

      writeFileSync(file, "nonsense");
      child.kill("SIGHUP");
      await until(() => errors.endsWith("The old one stays.\n"));
      assert.equal((await ask(port)).fingerprint, second.fingerprint);
    });
  }
});

if (supportsThreads()) {
  test("`pyserve --threads 2` serves and logs as without threads", async (context) => {
    const { port, stop } = await serve(context, ["--threads", "2"]);
    for (let count = 0; count < 4; count++)
      assert.equal(await (await fetch(`http://127.0.0.1:${port}/hello.txt`)).text(), "hello\n");
    const errors = await stop();
    assert.equal(errors.match(/"GET \/hello\.txt HTTP\/1\.1" 200 -\n/g)?.length, 4, errors);
  });
} else {
  test("`pyserve --threads 2` names its requirements", async (context) => {
    const argv = ["--threads", "2", ...LOCAL];
    const { errors, status } = await endOf(startCommand(context, argv, { cwd: directory }));
    assert.equal(status, 2);
    assert.match(errors, /^pyserve: error: .*needs Node 24\.20 or 26\.6.*\n$/);
  });
}
