import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test, { type TestContext } from "node:test";
import type { FileSource } from "#src/files/file-source.js";
import { fsDecode } from "#src/files/fs-name.js";
import { Lane } from "#src/files/lane.js";
import { failureOf, type OpenedFile, openFile, stateOf } from "#src/files/open-file.js";

const isUnix = process.platform !== "win32";

function temporaryDirectory(t: TestContext): string {
  const directory = fs.mkdtempSync(join(tmpdir(), "pyserve-"));
  t.after(() => fs.rmSync(directory, { recursive: true }));
  return directory;
}

function fileWith(t: TestContext, content: string | Buffer): string {
  const path = join(temporaryDirectory(t), "file");
  fs.writeFileSync(path, content);
  return path;
}

async function openedFile(t: TestContext, path: string): Promise<FileSource> {
  const opened = await openFile(path);
  assert.equal(opened.kind, "file");
  const { file } = opened as Extract<OpenedFile, { kind: "file" }>;
  t.after(() => file.close());
  return file;
}

/** Returns the number of open descriptors of this process; `undefined` if the system does not report it. */
function openDescriptors(): number | undefined {
  return fs.existsSync("/proc/self/fd") ? fs.readdirSync("/proc/self/fd").length : undefined;
}

/** Runs a function as an ordinary user, because root ignores permissions. */
async function withoutPrivileges(body: () => Promise<void>): Promise<void> {
  const isRoot = process.geteuid?.() === 0;
  if (isRoot) process.seteuid?.(65534);
  try {
    await body();
  } finally {
    if (isRoot) process.seteuid?.(0);
  }
}

test("`openFile` opens a regular file and knows its size and time", async (t) => {
  const path = fileWith(t, "hello");
  fs.utimesSync(path, 1_000_000_000.25, 1_000_000_000.25);
  const file = await openedFile(t, path);
  assert.equal(file.facts.size, 5);
  assert.equal(file.facts.mtimeMs, 1_000_000_000_250);
});

test("`openFile` opens a file whose name is not UTF-8", { skip: process.platform !== "linux" }, async (t) => {
  const directory = temporaryDirectory(t);
  const name = Buffer.from([0x66, 0xff]);
  fs.writeFileSync(Buffer.concat([Buffer.from(`${directory}/`), name]), "x");
  assert.equal((await openedFile(t, `${directory}/${fsDecode(name)}`)).facts.size, 1);
  assert.equal((await openFile(`${directory}/f\ufffd`)).kind, "missing");
});

test("`openFile` reports the kind of a name", { skip: !isUnix }, async (t) => {
  const directory = temporaryDirectory(t);
  fs.writeFileSync(join(directory, "file"), "");
  fs.symlinkSync("loop", join(directory, "loop"));
  fs.symlinkSync("nowhere", join(directory, "broken"));
  fs.symlinkSync(".", join(directory, "here"));
  const rows: [name: string, kind: OpenedFile["kind"]][] = [
    [".", "directory"],
    ["here", "directory"],
    ["none", "missing"],
    ["none/file", "missing"],
    ["file/", "missing"],
    ["file/below", "missing"],
    ["loop", "missing"],
    ["broken", "missing"],
    ["x".repeat(300), "missing"],
    ["x/".repeat(5000), "missing"],
    ["file\0", "missing"],
  ];
  for (const [name, kind] of rows)
    assert.deepEqual(await openFile(`${directory}/${name}`), { kind }, name.slice(0, 20));
});

test("`openFile` does not wait for a FIFO's writer, and serves none", { skip: !isUnix }, async (t) => {
  const directory = temporaryDirectory(t);
  execFileSync("mkfifo", [join(directory, "fifo")]);
  fs.symlinkSync("fifo", join(directory, "link"));
  for (const name of ["fifo", "link"])
    assert.deepEqual(await openFile(join(directory, name)), { kind: "forbidden" });
});

test("`openFile` serves no socket", { skip: !isUnix }, async (t) => {
  const path = join(temporaryDirectory(t), "socket");
  const server = createServer().listen(path);
  t.after(() => server.close());
  await new Promise((resolve) => server.once("listening", resolve));
  assert.deepEqual(await openFile(path), { kind: "forbidden" });
});

test("`openFile` serves no device", { skip: !isUnix }, async () => {
  assert.deepEqual(await openFile("/dev/null"), { kind: "forbidden" });
});

test("`openFile` distinguishes a file without permission from a directory that may only be entered", {
  skip: !isUnix,
}, async (t) => {
  const directory = temporaryDirectory(t);
  fs.chmodSync(directory, 0o755);
  fs.writeFileSync(join(directory, "file"), "", { mode: 0o000 });
  fs.mkdirSync(join(directory, "open"));
  fs.writeFileSync(join(directory, "open", "file"), "");
  fs.mkdirSync(join(directory, "closed"));
  fs.writeFileSync(join(directory, "closed", "file"), "");
  fs.chmodSync(join(directory, "open"), 0o711);
  fs.chmodSync(join(directory, "closed"), 0o600);
  await withoutPrivileges(async () => {
    assert.equal((await openFile(join(directory, "file"))).kind, "forbidden");
    assert.equal((await openFile(join(directory, "open"))).kind, "directory");
    assert.equal((await openFile(join(directory, "closed", "file"))).kind, "forbidden");
  });
  fs.chmodSync(join(directory, "closed"), 0o700);
});

test("`openFile` leaves no descriptor open for files that it does not serve", {
  skip: !openDescriptors(),
}, async (t) => {
  const directory = temporaryDirectory(t);
  execFileSync("mkfifo", [join(directory, "fifo")]);
  const before = openDescriptors();
  for (let round = 0; round < 10; round++) {
    for (const name of [".", "fifo", "none"]) await openFile(join(directory, name));
  }
  assert.equal(openDescriptors(), before);
});

test("`failureOf` returns unavailable for the server's own problems, with the error", () => {
  for (const code of ["EMFILE", "ENFILE", "EIO", "ENOMEM", "ESTALE"]) {
    const error = Object.assign(new Error(code), { code });
    assert.deepEqual(failureOf(error), { kind: "unavailable", error });
  }
});

test("`openFile` distinguishes a file that may not be read from other entries", {
  skip: !isUnix,
}, async (t) => {
  const directory = temporaryDirectory(t);
  fs.chmodSync(directory, 0o755);
  fs.writeFileSync(join(directory, "file"), "", { mode: 0 });
  fs.symlinkSync("file", join(directory, "link"));
  execFileSync("mkfifo", [join(directory, "fifo")]);
  await withoutPrivileges(async () => {
    for (const name of ["file", "link"])
      assert.deepEqual(await openFile(join(directory, name)), { kind: "forbidden", isFile: true }, name);
    assert.deepEqual(await openFile(join(directory, "fifo")), { kind: "forbidden" });
  });
});

test("`openFile` and `stateOf` return the same facts about a file", async (t) => {
  const path = fileWith(t, "hello");
  fs.utimesSync(path, 1_000_000_000.25, 1_000_000_000.25);
  const { facts } = await openedFile(t, path);
  const { ctimeMs, dev, ino } = fs.statSync(path);
  assert.deepEqual(facts, { size: 5, mtimeMs: 1_000_000_000_250, ctimeMs, dev, ino });
  assert.deepEqual(await stateOf(path, new Lane()), { kind: "file", facts });
});

test("`stateOf` reports the kind of a name", { skip: !isUnix }, async (t) => {
  const directory = temporaryDirectory(t);
  fs.writeFileSync(join(directory, "file"), "");
  fs.symlinkSync("loop", join(directory, "loop"));
  fs.symlinkSync("nowhere", join(directory, "broken"));
  fs.symlinkSync("file", join(directory, "link"));
  execFileSync("mkfifo", [join(directory, "fifo")]);
  const rows: [name: string, kind: string][] = [
    ["file", "file"],
    ["link", "file"],
    [".", "directory"],
    ["none", "missing"],
    ["file/", "missing"],
    ["file/below", "missing"],
    ["loop", "missing"],
    ["broken", "missing"],
    ["x".repeat(300), "missing"],
    ["file\0", "missing"],
    ["fifo", "forbidden"],
  ];
  for (const [name, kind] of rows)
    assert.equal((await stateOf(`${directory}/${name}`, new Lane())).kind, kind, name.slice(0, 20));
});
