/** Valid command lines that can't be executed: one line on standard error, and status 2. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, type TestContext, test } from "node:test";
import { main } from "#src/cli/command.js";
import { selfSignedCertificate } from "#src/tls/self-signed-certificate.js";
import { endOf, LOCAL, startCommand } from "../support/command.js";
import { encryptedKey } from "../support/tls.js";

const directory = mkdtempSync(join(tmpdir(), "pyserve-refusals-"));
const here = process.cwd();
process.chdir(directory);
process.on("exit", () => {
  process.chdir(here);
  rmSync(directory, { recursive: true });
});
const { cert, key } = await selfSignedCertificate(["localhost"]);
const other = await selfSignedCertificate(["localhost"]);
for (const [name, text] of Object.entries({
  "hello.txt": "hello\n",
  "empty.mjs": "export const one = 1;",
  "broken.mjs": "export const one = ;",
  "throws.mjs": 'throw new Error("on\\npurpose");',
  "waits.mjs": "await new Promise(() => {});",
  "busy.mjs": "setInterval(() => {}, 1000); await new Promise(() => {});",
  "stale.sock": "",
  "cert.pem": cert,
  "key.pem": key,
  "both.pem": cert + key,
  "other.pem": other.key,
  "locked.pem": encryptedKey("correct horse", { key }),
  wrong: "wrong\n",
  "wide.txt": Buffer.from("\ufeffuser:password\n", "utf16le"), // as `echo` of PowerShell writes it
}))
  writeFileSync(name, text);

interface Refusal {
  readonly argv: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
  readonly message: string | RegExp;
}

const REFUSALS: readonly Refusal[] = [
  {
    argv: ["port"],
    message:
      "argument port: 'port' is not a port number (0 to 65535) (to serve that directory: pyserve --directory port)",
  },
  {
    argv: ["-c", "/missing.json"],
    message: "config file '/missing.json' can't be read: there is no such file",
  },
  { argv: ["-d", "/missing"], message: "'/missing' can't be served: there is no such directory" },
  {
    argv: ["-b", "198.51.100.1", "0"],
    message: "'198.51.100.1' is not an address of this machine: leave it out to listen on all addresses",
  },
  {
    argv: ["-b", "name.invalid", "0"],
    message: "the address of 'name.invalid' can't be found: check the name, or use an IP address",
  },
  {
    argv: ["--listen", ":0", "8080"],
    message: "--listen replaces the port and --bind: give one or the other",
  },
  {
    argv: ["--listen", "unix:missing/a"],
    message: "cannot listen on 'unix:missing/a': there is no such directory, or no permission to write there",
  },
  {
    argv: ["--listen", "unix:stale.sock"],
    message: "'unix:stale.sock' is in use: another program listens there, or it is not a socket",
  },
  {
    argv: ["--listen", `unix:${"x".repeat(200)}`],
    message: /^The path of a socket must have at most \d+ bytes/,
  },
  {
    argv: ["--listen", "fd:77"],
    message: "fd:77 is not a listening socket: systemd passes sockets from descriptor 3 on",
  },
  {
    argv: ["--listen", "unix:x", "--tls"],
    message: "Unix sockets are served without TLS: remove --tls, or the unix: address",
  },
  { argv: ["--auth-file", "missing"], message: "'missing' can't be read: there is no such file" },
  {
    argv: ["--auth-file", "hello.txt"],
    message: "'hello.txt': it must be a user, a colon and a password",
  },
  { argv: ["--auth-file", "wide.txt"], message: "'wide.txt' can't be read: it is not text in UTF-8" },
  {
    argv: LOCAL as string[],
    env: { PYSERVE_AUTH: "secret" },
    message: "environment variable PYSERVE_AUTH: it must be a user, a colon and a password",
  },
  { argv: ["--handler", "missing.mjs"], message: "'missing.mjs' can't be loaded: there is no such file" },
  {
    argv: ["--handler", "empty.mjs"],
    message: "'empty.mjs' exports no class that derives from BaseHTTPRequestHandler",
  },
  { argv: ["--handler", "empty.mjs#Two"], message: "'empty.mjs' has no export Two" },
  {
    argv: ["--handler", "empty.mjs#one"],
    message: "'empty.mjs' exports one, which does not derive from BaseHTTPRequestHandler",
  },
  { argv: ["--handler", "broken.mjs"], message: /^'broken\.mjs' can't be loaded: SyntaxError: / },
  {
    argv: ["--cors", "--cors-credentials"],
    message: "--cors-credentials needs --cors=ORIGIN: browsers send no credentials if all origins may read",
  },
  { argv: ["--handler", "throws.mjs"], message: "'throws.mjs' can't be loaded: Error: on" },
  {
    argv: ["--handler", "hello.txt"],
    message: /^'hello\.txt' can't be loaded: Node v.* can't run such files: /,
  },
  { argv: ["--tls-cert", "missing.pem"], message: /'missing\.pem' can't be read: there is no such file/ },
  { argv: ["--tls-cert", "/dev/zero"], message: /'\/dev\/zero' can't be read: it is longer than 1 MiB/ },
  { argv: ["--tls-cert", "hello.txt"], message: /no certificate in PEM form in hello\.txt/ },
  {
    argv: ["--tls-cert", "cert.pem"],
    message: /'cert\.pem' contains a certificate without its key: give --tls-key, too/,
  },
  {
    argv: ["--tls-cert", "cert.pem", "--tls-key", "other.pem"],
    message: /key in other\.pem does not belong to the certificate in cert\.pem/,
  },
  { argv: ["--tls-cert", "cert.pem", "--tls-key", "locked.pem"], message: /password/ },
  {
    argv: ["--tls-cert", "cert.pem", "--tls-key", "locked.pem", "--tls-password-file", "wrong"],
    message: /password/,
  },
  {
    argv: ["--tls-cert", "cert.pem", "--tls-password-file", "none"],
    message: /'none' can't be read: there is no such file/,
  },
  { argv: ["--tls-key", "key.pem"], message: /give --tls-cert too/ },
  { argv: ["--tls", "--tls-cert", "both.pem"], message: /give one of them/ },
];

/** Cases that need the command's process, because the module ends it. */
const BY_THE_PROCESS: readonly Refusal[] = [
  {
    argv: ["--handler", "waits.mjs"],
    message: "'waits.mjs' can't be loaded: Error: its top-level await never ends",
  },
  {
    argv: ["--handler", "busy.mjs"],
    message: "'busy.mjs' can't be loaded: Error: its top-level code has not ended after 10 s",
  },
];

function assertRefused(errors: string, message: string | RegExp): void {
  const [, said = errors] = /^pyserve: error: ([^\n]*)\n$/.exec(errors) ?? [];
  if (typeof message === "string") assert.equal(said, message);
  else assert.match(said, message);
}

const nameOf = ({ argv, env = {} }: Refusal) =>
  `\`pyserve ${[...argv, ...Object.keys(env)].join(" ").slice(0, 60)}\` is refused in one line`;

for (const refusal of REFUSALS) {
  test(nameOf(refusal), async (t: TestContext) => {
    Object.assign(process.env, refusal.env);
    t.after(() => {
      delete process.env.PYSERVE_AUTH;
    });
    let errors = "";
    t.mock.method(process.stderr, "write", (text: string) => {
      errors += text;
      return true;
    });
    const status = await main(refusal.argv);
    t.mock.restoreAll();
    assertRefused(errors, refusal.message);
    assert.equal(status, 2);
  });
}

describe("in a separate process", { concurrency: true }, () => {
  for (const refusal of [...BY_THE_PROCESS, ...REFUSALS.slice(0, 1)]) {
    test(nameOf(refusal), async (t) => {
      const { output, errors, status } = await endOf(startCommand(t, refusal.argv, { cwd: directory }));
      assertRefused(errors, refusal.message);
      assert.deepEqual([output, status], ["", 2]);
    });
  }
});
