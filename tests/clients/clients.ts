/**
 * Programs that people use with a directory server, run against pyserve. A program that is not installed is skipped by
 * name.
 */

import assert from "node:assert/strict";
import { execFile, spawnSync } from "node:child_process";
import * as fs from "node:fs";
import { join } from "node:path";
import test, { type TestContext } from "node:test";
import { promisify } from "node:util";
import { gzipSync } from "node:zlib";
import { SimpleHTTPRequestHandler } from "pyserve";
import {
  type FileHandlerClass,
  serveFiles,
  temporaryDirectory,
  temporaryTree,
} from "../support/file-server.js";

const run = promisify(execFile);

/** Seconds after which a program counts as sending requests without end. */
const LONGEST = 60;

const has = (program: string) =>
  spawnSync("sh", ["-c", 'command -v "$0"', program], { stdio: "ignore" }).status === 0;

const BIG = Buffer.from(Array.from({ length: 300_000 }, (_, at) => (at * at + (at >> 8)) & 0xff));

interface Served {
  readonly origin: string;
  /** Requests so far: `GET /path 200`. */
  readonly requests: string[];
  readonly root: string;
  /** An empty directory to work in. */
  readonly work: string;
}

/** Usual names, two levels of directories, and a file to download. */
function serveTree(t: TestContext, HandlerClass: FileHandlerClass = SimpleHTTPRequestHandler): Served {
  const root = temporaryTree(t, {
    "big.bin": BIG,
    "a b&c#d%e.txt": "odd",
    "é.txt": "accent",
    "sub/inner.txt": "inner",
    "sub/deep/leaf.txt": "leaf",
  });
  const requests: string[] = [];
  const [host, port] = serveFiles(t, { directory: root }, HandlerClass, requests);
  return { origin: `http://${host}:${port}`, requests, root, work: temporaryDirectory(t) };
}

/** Runs a program to its end, without its user's settings. */
async function program(served: Served, name: string, ...args: string[]): Promise<string> {
  const env = { ...process.env, HOME: served.work, LC_ALL: "C.UTF-8", TERM: "dumb", no_proxy: "*" };
  const { stdout } = await run(name, args, { cwd: served.work, env, timeout: LONGEST * 1000 });
  return stdout;
}

/** Returns the files below a directory, with their contents. */
function filesBelow(directory: string): Record<string, string> {
  const entries = fs.readdirSync(directory, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return Object.fromEntries(
    files.map((file) => [file.slice(directory.length + 1), fs.readFileSync(file, "latin1")]),
  );
}

/** Asserts that a mirror has all files, with their names and contents. */
function assertMirror(directory: string, root: string): void {
  const mirrored = filesBelow(directory);
  for (const [name, content] of Object.entries(filesBelow(root))) assert.equal(mirrored[name], content, name);
}

const client = (name: string, title: string, body: (t: TestContext) => Promise<void>) =>
  test(`${name}: ${title}`, { skip: has(name) ? false : `${name} is not installed` }, body);

client("wget", "mirrors a tree, and follows no link twice", async (t) => {
  const served = serveTree(t);
  await program(
    served,
    "wget",
    "-q",
    "-r",
    "-np",
    "-nH",
    "--restrict-file-names=nocontrol",
    `${served.origin}/`,
  );
  assertMirror(served.work, served.root);
  assert.deepEqual(
    served.requests.filter((line) => line.includes("?")),
    [],
  );
});

client("wget", "goes on with a part", async (t) => {
  const served = serveTree(t);
  fs.writeFileSync(join(served.work, "big.bin"), BIG.subarray(0, 1000));
  await program(served, "wget", "-q", "-c", `${served.origin}/big.bin`);
  assert.deepEqual(fs.readFileSync(join(served.work, "big.bin")), BIG);
});

client("wget2", "mirrors a tree, and follows no link twice", async (t) => {
  const served = serveTree(t);
  await program(served, "wget2", "-q", "-r", "-np", "-nH", `${served.origin}/`);
  assertMirror(served.work, served.root);
  assert.deepEqual(
    served.requests.filter((line) => line.includes("?")),
    [],
  );
});

client("httrack", "copies a tree without pages of other orders", async (t) => {
  const served = serveTree(t);
  await program(served, "httrack", `${served.origin}/`, "-O", served.work, "-q", "-%v0", "-s0");
  assert.deepEqual(
    served.requests.filter((line) => line.includes("?")),
    [],
  );
  for (const path of ["/big.bin", "/sub/inner.txt", "/sub/deep/leaf.txt"])
    assert.ok(
      served.requests.some((line) => line.includes(`GET ${path} `)),
      path,
    );
});

client("lftp", "lists what is there, and nothing else", async (t) => {
  const served = serveTree(t);
  const listed = await program(served, "lftp", "-c", `open ${served.origin}/sub/deep/; cls -1`);
  assert.deepEqual(
    listed
      .trim()
      .split("\n")
      .filter((name) => !/^\.\.?\/?$/.test(name)),
    ["leaf.txt"],
  );
  const long = await program(served, "lftp", "-c", `open ${served.origin}/; cls -l`);
  assert.doesNotMatch(long, /2001\s+sub/, "the year is no size");
});

client("lftp", "mirrors a tree", async (t) => {
  const served = serveTree(t);
  await program(served, "lftp", "-c", `open ${served.origin}/; mirror . copy`);
  assertMirror(join(served.work, "copy"), served.root);
});

client("rclone", "copies a tree, with times", async (t) => {
  const served = serveTree(t);
  await program(served, "rclone", "copy", "--http-url", `${served.origin}/`, ":http:", "copy");
  assertMirror(join(served.work, "copy"), served.root);
  assert.equal(
    fs.statSync(join(served.work, "copy/big.bin")).mtime.toISOString().slice(0, 19),
    "2001-09-09T01:46:40",
  );
});

client("curl", "goes on with a part, also where it accepts codings", async (t) => {
  const served = serveTree(t);
  fs.writeFileSync(join(served.work, "part"), BIG.subarray(0, 5000));
  await program(served, "curl", "-sS", "--compressed", "-C", "-", "-o", "part", `${served.origin}/big.bin`);
  assert.deepEqual(fs.readFileSync(join(served.work, "part")), BIG);
});

for (const [name, ...args] of [
  ["curl", "-sS", "--compressed", "-C", "-", "-O"],
  ["wget2", "-q", "-c", "--compression=gzip"],
] as const) {
  client(name, "goes on with a part of a file that has a coded sibling", async (t) => {
    const served = serveTree(t);
    const text = "all work and no play\n".repeat(20_000);
    fs.writeFileSync(join(served.root, "book.txt"), text);
    fs.writeFileSync(join(served.root, "book.txt.gz"), gzipSync(text));
    fs.writeFileSync(join(served.work, "book.txt"), text.slice(0, 5000));
    await program(served, name, ...args, `${served.origin}/book.txt`);
    assert.equal(fs.readFileSync(join(served.work, "book.txt"), "latin1"), text);
    assert.ok(
      served.requests.some((line) => line.includes(" 206")),
      `${served.requests}`,
    );
  });
}

client("aria2c", "loads parts at the same time", async (t) => {
  const served = serveTree(t);
  await program(
    served,
    "aria2c",
    "-q",
    "-x4",
    "-s4",
    "-k1M",
    "--min-split-size=1M",
    `${served.origin}/big.bin`,
  );
  assert.deepEqual(fs.readFileSync(join(served.work, "big.bin")), BIG);
});

client("zsync", "loads what has changed, by several ranges, and comes to an end", async (t) => {
  const served = serveTree(t);
  await program(
    served,
    "zsyncmake",
    "-b",
    "2048",
    "-u",
    `${served.origin}/big.bin`,
    "-o",
    join(served.root, "big.zsync"),
    join(served.root, "big.bin"),
  );
  const old = Buffer.from(BIG);
  for (let at = 10_000; at < old.length; at += 50_000) old.fill(0, at, at + 3000);
  fs.writeFileSync(join(served.work, "old"), old);
  await program(served, "zsync", "-q", "-i", "old", "-o", "new", `${served.origin}/big.zsync`);
  assert.deepEqual(fs.readFileSync(join(served.work, "new")), BIG);
  assert.ok(served.requests.length < 30, `${served.requests.length} requests`);
});

for (const [name, args] of [
  ["lynx", ["-dump", "-nolist"]],
  ["w3m", ["-dump", "-T", "text/html"]],
] as const) {
  client(name, "shows what is there, at the left", async (t) => {
    const served = serveTree(t);
    const text = await program(served, name, ...args, `${served.origin}/`);
    assert.match(text, /a b&c#d%e\.txt/);
    assert.doesNotMatch(text, /Nothing to show/);
    const filtered = await program(served, name, ...args, `${served.origin}/?filter=big`);
    assert.doesNotMatch(filtered, /a b&c/);
  });
}

client("git", "clones by plain HTTP, from a bare repository and from a work tree", async (t) => {
  class WithGit extends SimpleHTTPRequestHandler {
    static override dotfiles = [".git"];
  }
  const served = serveTree(t, WithGit);
  const git = (...args: string[]) =>
    program(served, "git", "-c", "user.name=n", "-c", "user.email=e@e.test", ...args);
  await git("init", "-q", join(served.root, "tree"));
  fs.writeFileSync(join(served.root, "tree/file"), "content");
  for (const args of [["add", "."], ["commit", "-qm", "first"], ["update-server-info"]])
    await git("-C", join(served.root, "tree"), ...args);
  await git("clone", "-q", "--bare", join(served.root, "tree"), join(served.root, "bare.git"));
  await git("-C", join(served.root, "bare.git"), "update-server-info");
  for (const path of ["bare.git", "tree/.git"]) {
    await git("clone", "-q", `${served.origin}/${path}`, `copy of ${path.replace("/", " ")}`);
    assert.equal(
      fs.readFileSync(join(served.work, `copy of ${path.replace("/", " ")}`, "file"), "utf8"),
      "content",
    );
  }
});

const noCurl = spawnSync("sh", ["-c", "ls /usr/lib/*/qemu/block-curl.so"]).status !== 0;
test("qemu-img: reads an image by ranges", {
  skip: noCurl && "qemu-block-extra is not installed",
}, async (t) => {
  const served = serveTree(t);
  const disk = join(served.root, "disk.raw");
  fs.writeFileSync(disk, Buffer.alloc(1024 * 1024, 7));
  const info = JSON.parse(
    await program(
      served,
      "qemu-img",
      "info",
      "--output=json",
      `json:{"driver":"raw","file":{"driver":"http","url":"${served.origin}/disk.raw"}}`,
    ),
  );
  assert.equal(info["virtual-size"], 1024 * 1024);
});

client("dpkg-scanpackages", "apt reads a flat repository", async (t) => {
  const served = serveTree(t);
  const lists = join(served.work, "lists");
  fs.mkdirSync(join(lists, "partial"), { recursive: true });
  fs.writeFileSync(
    join(served.root, "Packages"),
    "Package: x\nVersion: 1\nArchitecture: all\nFilename: ./x.deb\nSize: 1\nSHA256: 00\n\n",
  );
  fs.writeFileSync(join(served.work, "sources.list"), `deb [trusted=yes] ${served.origin}/ ./\n`);
  const options = {
    "Dir::Etc::sourcelist": join(served.work, "sources.list"),
    "Dir::Etc::sourceparts": "-",
    "Dir::State::lists": lists,
    "Dir::Cache": served.work,
    "APT::Sandbox::User": "root",
    "Debug::NoLocking": "1",
  };
  const set = Object.entries(options).flatMap(([name, value]) => ["-o", `${name}=${value}`]);
  await program(served, "apt-get", "update", "-q", ...set);
  assert.match(await program(served, "apt-cache", "show", "x", ...set), /Version: 1/);
});

/** A library of another language, and a program of a line or two that prints the content of the address that it is given. */
interface Library {
  readonly name: string;
  readonly command: readonly [program: string, ...args: string[]];
  /** Succeeds if the library is installed. Without it, only the program must be installed. */
  readonly probe?: readonly [program: string, ...args: string[]];
}

const script = (name: string) => join(import.meta.dirname, "../../../tests/clients/languages", name);
/** Debian's Python, which has Debian's modules. */
const PYTHON = "/usr/bin/python3";

const libraries: readonly Library[] = [
  {
    name: "Python's urllib",
    command: [
      "python3",
      "-c",
      "import sys, urllib.request; sys.stdout.write(urllib.request.urlopen(sys.argv[1]).read().decode())",
    ],
  },
  {
    name: "Python's requests",
    command: [PYTHON, "-c", "import sys, requests; sys.stdout.write(requests.get(sys.argv[1]).text)"],
    probe: [PYTHON, "-c", "import requests"],
  },
  {
    name: "aiohttp",
    command: [PYTHON, script("aiohttp_get.py")],
    probe: [PYTHON, "-c", "import aiohttp"],
  },
  {
    name: "libsoup",
    command: [PYTHON, script("libsoup.py")],
    probe: [PYTHON, "-c", "import gi; gi.require_version('Soup', '3.0')"],
  },
  {
    name: "Perl's HTTP::Tiny",
    command: ["perl", "-MHTTP::Tiny", "-e", "print HTTP::Tiny->new->get($ARGV[0])->{content}"],
  },
  {
    name: "Perl's LWP",
    command: ["perl", "-MLWP::UserAgent", "-e", "print LWP::UserAgent->new->get($ARGV[0])->content"],
    probe: ["perl", "-MLWP::UserAgent", "-e", "1"],
  },
  { name: "Ruby's Net::HTTP", command: ["ruby", "-rnet/http", "-e", "print Net::HTTP.get(URI(ARGV[0]))"] },
  { name: "PHP's streams", command: ["php", "-r", "echo file_get_contents($argv[1]);"] },
  { name: "Tcl's http", command: ["tclsh", script("get.tcl")] },
  {
    name: "LuaSocket",
    command: ["lua", script("get.lua")],
    probe: ["lua", "-e", "require('socket.http')"],
  },
  {
    name: "Guile's (web client)",
    command: [
      "guile",
      "-c",
      "(use-modules (web client)) (call-with-values (lambda () (http-get (cadr (command-line)))) (lambda (r b) (display b)))",
    ],
  },
  { name: "Erlang's httpc", command: ["escript", script("get.erl")] },
  { name: "newLISP", command: ["newlisp", script("get.lsp")] },
  {
    name: "Node's fetch",
    command: [
      process.execPath,
      "-e",
      "fetch(process.argv[1]).then((r) => r.text()).then((t) => process.stdout.write(t))",
    ],
  },
];

/** An async handler, which answers with a length or in chunks. */
class Answers extends SimpleHTTPRequestHandler {
  override async do_GET(): Promise<void> {
    if (this.path.startsWith("/sub/")) return await super.do_GET();
    this.send_response(200);
    this.send_header("Content-Type", "text/plain; charset=utf-8");
    this.end_headers();
    this.wfile.write("one ");
    if (this.path === "/chunked") await this.wfile.flush();
    this.wfile.write("two");
  }
}

for (const { name, command, probe } of libraries) {
  const [executable, ...args] = command;
  const isThere =
    probe === undefined
      ? has(executable)
      : has(probe[0]) && spawnSync(probe[0], probe.slice(1), { stdio: "ignore" }).status === 0;
  test(`${name}: reads a file, and replies of a handler with a length and in chunks`, {
    skip: isThere ? false : `${name} is not installed`,
  }, async (t) => {
    const served = serveTree(t, Answers);
    for (const [path, content] of [
      ["/sub/inner.txt", "inner"],
      ["/at-once", "one two"],
      ["/chunked", "one two"],
    ] as const)
      assert.equal(await program(served, executable, ...args, served.origin + path), content, path);
  });
}
