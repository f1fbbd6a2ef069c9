import assert from "node:assert/strict";
import * as fs from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { reloadCertificate, watchCertificates } from "#src/http/certificate-watch.js";
import { temporaryDirectory } from "../support/file-server.js";

/** Seconds between two checks. */
const SOON = 0.01;

/** A server that counts how often it has read its files. It can't use a certificate with the text "bad". */
function watched(t: TestContext) {
  // Neither the watch nor a promise keeps a process alive.
  const alive = setInterval(() => {}, 60_000);
  t.after(() => clearInterval(alive));
  const directory = temporaryDirectory(t);
  const [certfile, keyfile] = [join(directory, "cert.pem"), join(directory, "key.pem")];
  for (const file of [certfile, keyfile]) fs.writeFileSync(file, "old");
  const server = {
    certfile,
    keyfile,
    read: 0,
    load_cert_chain() {
      if (fs.readFileSync(certfile, "utf8") === "bad") throw new Error("It can't be used.");
      server.read++;
    },
  };
  const reports: string[] = [];
  let told = () => {};
  const report = (message: string) => {
    reports.push(message.replace(certfile, "cert.pem"));
    told();
  };
  const nextReport = () =>
    new Promise<void>((resolve) => {
      told = resolve;
    });
  return { server, report, reports, nextReport };
}

/** Replaces a file as certbot does: with another one of the same name. */
function replace(file: string, content: string) {
  fs.writeFileSync(`${file}.new`, content);
  fs.renameSync(`${file}.new`, file);
}

test("a certificate that is replaced without a signal is read again, and reported once", async (t) => {
  const { server, report, reports, nextReport } = watched(t);
  using _watch = watchCertificates([server], report, SOON);
  for (const file of [server.certfile, server.keyfile]) {
    const reported = nextReport();
    replace(file, "new");
    await reported;
  }
  assert.equal(server.read, 2);
  assert.deepEqual(reports, Array(2).fill("The certificate cert.pem was read again."));
});

test("the old certificate stays if the new one can't be used, until the files change again", async (t) => {
  const { server, report, reports, nextReport } = watched(t);
  using _watch = watchCertificates([server], report, SOON);
  for (const content of ["bad", "good"]) {
    const reported = nextReport();
    replace(server.certfile, content);
    await reported;
  }
  assert.deepEqual(reports, [
    "It can't be used. The old one stays.",
    "The certificate cert.pem was read again.",
  ]);
});

test("each server's certificate is watched, and only a changed one is read again", async (t) => {
  const all = [watched(t), watched(t), watched(t)] as const;
  using _watch = watchCertificates(
    all.map(({ server }) => server),
    (message) => {
      for (const { server, report } of all) if (message.includes(server.certfile)) report(message);
    },
    SOON,
  );
  for (const { server, nextReport } of all) {
    const reported = nextReport();
    replace(server.certfile, "new");
    await reported;
  }
  assert.deepEqual(
    all.map(({ server, reports }) => [server.read, reports]),
    Array(3).fill([1, ["The certificate cert.pem was read again."]]),
  );
});

test("without certificates there is no timer", (t) => {
  const { mock } = t.mock.method(globalThis, "setInterval");
  watchCertificates([], assert.fail)[Symbol.dispose]();
  assert.equal(mock.callCount(), 0);
});

test("a certificate that is read after a signal is reported in the same words", (t) => {
  const { server, report, reports } = watched(t);
  reloadCertificate(server, report);
  assert.deepEqual([server.read, reports], [1, ["The certificate cert.pem was read again."]]);
});
