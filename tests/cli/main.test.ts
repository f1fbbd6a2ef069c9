import assert from "node:assert/strict";
import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { get, type IncomingMessage } from "node:http";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { after, before, describe, type TestContext, test } from "node:test";
import { fileURLToPath } from "node:url";
import { usage } from "#src/cli/usage.js";

type Child = ChildProcessByStdio<null, Readable, Readable>;

const MAIN = import.meta.resolve("#src/cli/main.js");
const LOCAL = ["-b", "127.0.0.1", "0"];

/** More than what the system takes at once for a client that does not read. */
const SOME = 30_000_000;

let directory: string;
before(() => {
  directory = mkdtempSync(join(tmpdir(), "pyserve-main-"));
  writeFileSync(join(directory, "hello.txt"), "hello\n");
  writeFileSync(join(directory, "hello.unknown-suffix"), "hello\n");
  mkdirSync(join(directory, "other"));
  writeFileSync(join(directory, "other", "other.txt"), "other\n");
  writeFileSync(join(directory, "large.bin"), "");
  truncateSync(join(directory, "large.bin"), 1024 ** 3);
  writeFileSync(join(directory, "some.bin"), "");
  truncateSync(join(directory, "some.bin"), SOME);
});
after(() => rmSync(directory, { recursive: true }));

/** Starts the command in the directory. */
function start(context: TestContext, argv: readonly string[], script = fileURLToPath(MAIN)): Child {
  const child = spawn(process.execPath, [script, ...argv], {
    cwd: directory,
    stdio: ["ignore", "pipe", "pipe"],
  });
  context.after(() => child.kill("SIGKILL"));
  child.stdout.setEncoding("utf8");
  return child;
}

/** Returns the output and the exit status of the command. */
async function outcome(
  child: Child,
): Promise<{ output: string; errors: string; status: number | NodeJS.Signals }> {
  const [output, errors, [status, signal]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, "close") as Promise<[number, NodeJS.Signals]>,
  ]);
  return { output, errors, status: status ?? signal };
}

/** Starts the command, and waits until it serves. */
async function serve(
  context: TestContext,
  argv: readonly string[],
): Promise<{ child: Child; port: number; printed: string }> {
  const child = start(context, argv);
  const [printed] = (await once(child.stdout, "data")) as [string];
  return { child, port: Number(/ port (\d+) /.exec(printed)?.[1]), printed };
}

async function request(port: number, path: string): Promise<IncomingMessage & { body: string }> {
  const [response] = (await once(get({ host: "127.0.0.1", port, path, agent: false }), "response")) as [
    IncomingMessage,
  ];
  return Object.assign(response, { body: await text(response) });
}

/** A client that sends something, reads a first piece of the reply, and no more. */
async function stalledClient(context: TestContext, port: number, text: string): Promise<void> {
  const socket: Socket = connect({ host: "127.0.0.1", port });
  context.after(() => socket.destroy());
  socket.on("error", () => {});
  await once(socket, "connect");
  if (text === "") return;
  socket.write(text);
  await once(socket, "readable");
}

describe("pyserve", () => {
  test("`pyserve` serves the current directory, logs as Python does, and ends on Ctrl-C", async (context) => {
    const { child, port, printed } = await serve(context, LOCAL);
    assert.equal(printed, `Serving HTTP on 127.0.0.1 port ${port} (http://127.0.0.1:${port}/) ...\n`);

    const found = await request(port, "/hello.txt");
    assert.deepEqual([found.statusCode, found.httpVersion, found.body], [200, "1.1", "hello\n"]);
    const missing = await request(port, "/missing%1b.txt?\\");
    assert.equal(missing.statusCode, 404);

    child.kill("SIGINT");
    const { output, errors, status } = await outcome(child);
    assert.equal(output, "\nKeyboard interrupt received, exiting.\n");
    assert.equal(status, 0);
    const start = String.raw`127\.0\.0\.1 - - \[\d\d/[A-Z][a-z]{2}/\d{4} \d\d:\d\d:\d\d\] `;
    const lines = [
      String.raw`"GET /hello\.txt HTTP/1\.1" 200 -`,
      "code 404, message File not found",
      String.raw`"GET /missing%1b\.txt\?\\\\ HTTP/1\.1" 404 -`,
    ];
    assert.match(errors, new RegExp(`^${lines.map((line) => `${start}${line}\n`).join("")}$`));
  });

  test("`pyserve` ends on SIGTERM without a word", async (context) => {
    const { child } = await serve(context, LOCAL);
    child.kill("SIGTERM");
    assert.deepEqual(await outcome(child), { output: "", errors: "", status: 0 });
  });

  const clients = {
    "has sent nothing": "",
    "idles after its request": "GET /hello.txt HTTP/1.1\r\nHost: h\r\n\r\n",
    "is in its next request": "GET /hello.txt HTTP/1.1\r\nHost: h\r\n\r\nGET /hel",
    "does not take its download": "GET /large.bin HTTP/1.1\r\nHost: h\r\n\r\n",
    "does not close": "GET /hello.txt HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n",
  };
  for (const [what, sent] of Object.entries(clients)) {
    for (const signal of ["SIGINT", "SIGTERM"] as const) {
      test(`\`pyserve\` ends on ${signal}, though a client ${what}`, { timeout: 60_000 }, async (context) => {
        const { child, port } = await serve(context, ["-q", ...LOCAL]);
        await stalledClient(context, port, sent);
        child.kill(signal);
        const output = signal === "SIGINT" ? "\nKeyboard interrupt received, exiting.\n" : "";
        assert.deepEqual(await outcome(child), { output, errors: "", status: 0 });
      });
    }
  }

  test("`pyserve` lets a download finish on SIGTERM", async (context) => {
    const { child, port } = await serve(context, ["-q", ...LOCAL]);
    const [response] = (await once(get({ port, path: "/some.bin", agent: false }), "response")) as [
      IncomingMessage,
    ];
    child.kill("SIGTERM");
    const ended = outcome(child);
    let size = 0;
    for await (const bytes of response) size += bytes.length;
    assert.equal(size, SOME);
    assert.equal((await ended).status, 0);
  });

  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    test(`a second ${signal} ends \`pyserve\` at once`, async (context) => {
      const { child, port } = await serve(context, ["-q", ...LOCAL]);
      await stalledClient(context, port, "GET /large.bin HTTP/1.1\r\nHost: h\r\n\r\n");
      child.kill("SIGINT");
      await once(child.stdout, "data");
      child.kill(signal);
      assert.equal((await outcome(child)).status, signal);
    });
  }

  test("`pyserve -q` does not log requests", async (context) => {
    const { child, port } = await serve(context, ["-q", ...LOCAL]);
    await request(port, "/hello.txt");
    await request(port, "/missing");
    child.kill("SIGINT");
    assert.equal((await outcome(child)).errors, "");
  });

  test("`pyserve` takes directory, protocol, type and headers from the command line", async (context) => {
    const options = [
      "-p",
      "HTTP/1.0",
      "--content-type",
      "text/x-test",
      "-H",
      "X-One",
      "1",
      "--header",
      "X-Two",
      "-2",
    ];
    const { port } = await serve(context, ["-d", directory, ...options, ...LOCAL]);
    const response = await request(port, "/hello.unknown-suffix");
    assert.equal(response.statusCode, 200);
    assert.equal(response.httpVersion, "1.0");
    assert.match(response.headers["content-type"] ?? "", /^text\/x-test/);
    assert.equal(response.headers["x-one"], "1");
    assert.equal(response.headers["x-two"], "-2");
  });

  test("`pyserve -c` takes options from a file, and those on the command line win", async (context) => {
    const file = join(directory, "other", "pyserve.json");
    const content = {
      directory: ".",
      bind: "127.0.0.1",
      port: 1,
      headers: { "X-From": "file" },
      protocol: "HTTP/1.0",
    };
    writeFileSync(file, JSON.stringify(content));
    const { port } = await serve(context, ["-c", file, "-p", "HTTP/1.1", "0"]);
    const response = await request(port, "/other.txt");
    assert.equal(response.body, "other\n");
    assert.equal(response.httpVersion, "1.1");
    assert.equal(response.headers["x-from"], "file");
  });

  test("`pyserve -h` prints the usage, `pyserve -V` the version", async (context) => {
    const help = await outcome(start(context, ["-h"]));
    assert.deepEqual(help, { output: usage(), errors: "", status: 0 });
    const version = await outcome(start(context, ["--version"]));
    assert.match(version.output, /^pyserve \d+\.\d+\.\d+[-+.\w]*\n$/);
    assert.equal(version.status, 0);
  });

  const refused = [
    { argv: ["--prot", "x"], message: "unrecognized argument: '--prot' (did you mean --protocol?)" },
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
      message: "'198.51.100.1' is not an address of this machine: leave it out to listen on all of them",
    },
    {
      argv: ["-b", "name.invalid", "0"],
      message: "the address of 'name.invalid' can't be found: check the name, or give a number",
    },
  ];
  for (const { argv, message } of refused) {
    test(`\`pyserve ${argv.join(" ")}\` is refused in one line`, async (context) => {
      const expected = { output: "", errors: `pyserve: error: ${message}\n`, status: 2 };
      assert.deepEqual(await outcome(start(context, argv)), expected);
    });
  }

  test("`pyserve -d` refuses a file", async (context) => {
    const file = join(directory, "hello.txt");
    const { errors, status } = await outcome(start(context, ["-d", "hello.txt", "0"]));
    assert.ok(errors.endsWith("hello.txt' can't be served: it is not a directory\n"), `${errors} ${file}`);
    assert.equal(status, 2);
  });

  test("`pyserve` says that the current directory is gone", async (context) => {
    const gone = mkdtempSync(join(directory, "gone-"));
    const script = 'rmdir "$PWD" && exec "$@"';
    const child = spawn("/bin/sh", ["-c", script, "sh", process.execPath, fileURLToPath(MAIN), ...LOCAL], {
      cwd: gone,
      stdio: ["ignore", "pipe", "pipe"],
    });
    context.after(() => child.kill("SIGKILL"));
    const errors = "pyserve: error: '.' can't be served: there is no such directory\n";
    assert.deepEqual(await outcome(child), { output: "", errors, status: 2 });
  });

  test("`pyserve` says that a port is taken", async (context) => {
    const { port } = await serve(context, LOCAL);
    assert.deepEqual(await outcome(start(context, ["-b", "127.0.0.1", String(port)])), {
      output: "",
      errors: `pyserve: error: port ${port} is taken by another program: try another one, or 0 for any that is free\n`,
      status: 2,
    });
  });

  test("`pyserve` starts through a link, as npm makes them", async (context) => {
    const link = join(directory, "pyserve.mjs");
    symlinkSync(fileURLToPath(MAIN), link);
    assert.equal((await outcome(start(context, ["-h"], link))).output, usage());
  });

  test("`main` can be imported without being started", async (context) => {
    const script = join(directory, "import.mjs");
    writeFileSync(
      script,
      `const { main } = await import(${JSON.stringify(MAIN)}); console.log(await main(["-q", "x"]));`,
    );
    const { output, status } = await outcome(start(context, ["8000"], script));
    assert.deepEqual([output, status], ["2\n", 0]);
  });

  test("`pyserve` goes on when nobody reads what it prints", async (context) => {
    const { child, port } = await serve(context, LOCAL);
    child.stdout.destroy();
    child.stderr.destroy();
    for (let count = 0; count < 3; count++) assert.equal((await request(port, "/hello.txt")).statusCode, 200);
    child.kill("SIGINT");
    const [status] = await once(child, "exit");
    assert.equal(status, 0);
  });
});
