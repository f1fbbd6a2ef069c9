import assert from "node:assert/strict";
import { type ChildProcessByStdio, spawn } from "node:child_process";
import { createPrivateKey } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { after, before, describe, type TestContext, test } from "node:test";
import { connect, type TLSSocket } from "node:tls";
import { fileURLToPath } from "node:url";
import { supportsThreads } from "pyserve";
import { selfSignedCertificate } from "#src/tls/self-signed-certificate.js";
import { until } from "../support/servers.js";

type Child = ChildProcessByStdio<null, Readable, Readable>;

const MAIN = fileURLToPath(import.meta.resolve("#src/cli/main.js"));
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
  writeFileSync(inDirectory("other.pem"), second.key);
  const locked = createPrivateKey(first.key).export({
    type: "pkcs8",
    format: "pem",
    cipher: "aes-256-cbc",
    passphrase: PASSWORD,
  });
  writeFileSync(inDirectory("locked.pem"), locked);
  writeFileSync(inDirectory("password"), `${PASSWORD}\n`);
  writeFileSync(inDirectory("wrong"), "wrong\n");
});
after(() => rmSync(directory, { recursive: true }));

function start(context: TestContext, argv: readonly string[]): Child {
  const child = spawn(process.execPath, [MAIN, "-b", "127.0.0.1", ...argv, "0"], {
    cwd: directory,
    stdio: ["ignore", "pipe", "pipe"],
  });
  context.after(() => child.kill("SIGKILL"));
  child.stdout.setEncoding("utf8");
  child.stderr.setEncoding("utf8");
  return child;
}

/** Starts the command, and waits until it has said where it serves. */
async function serve(context: TestContext, argv: readonly string[]) {
  const child = start(context, argv);
  let printed = "";
  child.stdout.on("data", (data) => {
    printed += data;
  });
  await until(() => (argv.includes("--tls") ? /SHA-256: .*\n/ : /\n/).test(printed), "the first lines");
  return { child, printed, port: Number(/ port (\d+) /.exec(printed)?.[1]) };
}

/** Asks for the file, trusting one certificate; gives the reply and the fingerprint of what was shown. */
async function ask(port: number, ca?: string): Promise<{ reply: string; fingerprint: string }> {
  const options = { port, host: "127.0.0.1", ...(ca === undefined ? { rejectUnauthorized: false } : { ca }) };
  const socket: TLSSocket = connect(options);
  await once(socket, "secureConnect");
  const fingerprint = socket.getPeerCertificate().fingerprint256;
  socket.end("GET /hello.txt HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
  return { reply: await text(socket), fingerprint };
}

async function outcome(child: Child) {
  const [output, errors, [status]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, "close") as Promise<[number]>,
  ]);
  return { output, errors, status };
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

  const refused: readonly (readonly [argv: readonly string[], errors: RegExp])[] = [
    [["--tls-cert", "missing.pem"], /'missing\.pem' can't be read: there is no such file/],
    [["--tls-cert", "/dev/zero"], /'\/dev\/zero' can't be read: it is longer than 1 MiB/],
    [["--tls-cert", "hello.txt"], /no certificate in PEM form in hello\.txt/],
    [["--tls-cert", "cert.pem"], /'cert\.pem' holds a certificate, and not its key: give --tls-key too/],
    [
      ["--tls-cert", "cert.pem", "--tls-key", "other.pem"],
      /key in other\.pem is not that of the certificate in cert\.pem/,
    ],
    [["--tls-cert", "cert.pem", "--tls-key", "locked.pem"], /password/],
    [["--tls-cert", "cert.pem", "--tls-key", "locked.pem", "--tls-password-file", "wrong"], /password/],
    [
      ["--tls-cert", "cert.pem", "--tls-password-file", "none"],
      /'none' can't be read: there is no such file/,
    ],
    [["--tls-key", "key.pem"], /give --tls-cert too/],
    [["--tls", "--tls-cert", "both.pem"], /give one of them/],
  ];
  for (const [argv, errors] of refused) {
    test(`\`pyserve ${argv.join(" ")}\` is refused in one line`, async (context) => {
      const result = await outcome(start(context, argv));
      assert.deepEqual([result.output, result.status], ["", 2]);
      assert.match(result.errors, /^pyserve: error: [^\n]*\n$/);
      assert.match(result.errors, errors);
    });
  }
});

if (supportsThreads()) {
  test("`pyserve --threads 2` serves and logs as without", async (context) => {
    const child = start(context, ["--threads", "2"]);
    const [printed] = (await once(child.stdout, "data")) as [string];
    const url = /http:\S+(?=\))/.exec(printed)?.[0];
    for (let count = 0; count < 4; count++)
      assert.equal(await (await fetch(`${url}hello.txt`)).text(), "hello\n");
    child.kill("SIGTERM");
    const { errors, status } = await outcome(child);
    assert.equal(status, 0);
    assert.equal(errors.match(/"GET \/hello\.txt HTTP\/1\.1" 200 -\n/g)?.length, 4, errors);
  });
} else {
  test("`pyserve --threads 2` says what it would need", async (context) => {
    const { errors, status } = await outcome(start(context, ["--threads", "2"]));
    assert.equal(status, 2);
    assert.match(errors, /^pyserve: error: .*needs Node 24\.20 or 26\.6.*\n$/);
  });
}
