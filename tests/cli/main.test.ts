import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { get, type IncomingMessage } from "node:http";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, type TestContext, test } from "node:test";
import { promisify } from "node:util";
import { usage } from "#src/cli/usage.js";
import {
  ask,
  type Command,
  endOf,
  LOCAL,
  MAIN,
  type ServingCommand,
  serveCommand,
  startCommand,
} from "../support/command.js";

/** More bytes than the system takes at once for a client that does not read. */
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

const start = (t: TestContext, argv: readonly string[]): Command => startCommand(t, argv, { cwd: directory });
const serve = (t: TestContext, argv: readonly string[]): Promise<ServingCommand> =>
  serveCommand(t, argv, { cwd: directory });

/** A client that sends a request, and reads only the first piece of the response. */
async function stalledClient(context: TestContext, port: number, text: string): Promise<void> {
  const socket: Socket = connect({ host: "127.0.0.1", port });
  context.after(() => socket.destroy());
  socket.on("error", () => {});
  await once(socket, "connect");
  if (text === "") return;
  socket.write(text);
  await once(socket, "readable");
}

// They mostly wait.
describe("pyserve", { concurrency: 4 }, () => {
  test("`pyserve` serves the current directory, logs as Python does, and ends on Ctrl-C", async (context) => {
    const { child, port, printed, end } = await serve(context, LOCAL);
    assert.equal(printed, `Serving HTTP on 127.0.0.1 port ${port} (http://127.0.0.1:${port}/) ...\n`);

    const found = await ask(port, "/hello.txt");
    assert.deepEqual([found.statusCode, found.httpVersion, found.body], [200, "1.1", "hello\n"]);
    const missing = await ask(port, "/missing%1b.txt?\\");
    assert.equal(missing.statusCode, 404);

    child.kill("SIGINT");
    const { output, errors, status } = await end();
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

  test("`pyserve` ends silently on SIGTERM", async (context) => {
    const { child, end } = await serve(context, LOCAL);
    child.kill("SIGTERM");
    assert.deepEqual(await end(), { output: "", errors: "", status: 0 });
  });

  const hello = (more = "") => `GET /hello.txt HTTP/1.1\r\nHost: h\r\n${more}\r\n`;
  /** Clients that let the server end the connection: several together, and alone the one that takes longest. */
  const clients = {
    "clients send nothing, idle, are in their next request, or do not close": [
      "",
      hello(),
      `${hello()}GET /hel`,
      hello("Connection: close\r\n"),
    ],
    "a client does not take its download": ["GET /large.bin HTTP/1.1\r\nHost: h\r\n\r\n"],
  };
  for (const [what, sent] of Object.entries(clients)) {
    for (const signal of ["SIGINT", "SIGTERM"] as const) {
      test(`\`pyserve\` ends on ${signal}, though ${what}`, { timeout: 60_000 }, async (context) => {
        const { child, port, end } = await serve(context, ["-q", ...LOCAL]);
        for (const text of sent) await stalledClient(context, port, text);
        child.kill(signal);
        const output = signal === "SIGINT" ? "\nKeyboard interrupt received, exiting.\n" : "";
        assert.deepEqual(await end(), { output, errors: "", status: 0 });
      });
    }
  }

  test("`pyserve` lets a download finish on SIGTERM", async (context) => {
    // Five seconds, the default, may be too short on a busy machine.
    const { child, port, end } = await serve(context, ["-q", "--drain-timeout", "60", ...LOCAL]);
    const [response] = (await once(get({ port, path: "/some.bin", agent: false }), "response")) as [
      IncomingMessage,
    ];
    child.kill("SIGTERM");
    let size = 0;
    for await (const bytes of response) size += bytes.length;
    assert.equal(size, SOME);
    assert.equal((await end()).status, 0);
  });

  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    test(`a second ${signal} ends \`pyserve\` at once`, async (context) => {
      const { child, port, end } = await serve(context, ["-q", ...LOCAL]);
      await stalledClient(context, port, "GET /large.bin HTTP/1.1\r\nHost: h\r\n\r\n");
      child.kill("SIGINT");
      await once(child.stdout, "data");
      child.kill(signal);
      assert.equal((await end()).status, signal);
    });
  }

  test("`pyserve -q` does not log requests", async (context) => {
    const { port, stop } = await serve(context, ["-q", ...LOCAL]);
    await ask(port, "/hello.txt");
    await ask(port, "/missing");
    assert.equal(await stop(), "");
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
    const response = await ask(port, "/hello.unknown-suffix");
    assert.equal(response.statusCode, 200);
    assert.equal(response.httpVersion, "1.0");
    assert.match(response.headers["content-type"] ?? "", /^text\/x-test/);
    assert.equal(response.headers["x-one"], "1");
    assert.equal(response.headers["x-two"], "-2");
  });

  test("`pyserve -c` takes options from a file, and the command line overrides them", async (context) => {
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
    const response = await ask(port, "/other.txt");
    assert.equal(response.body, "other\n");
    assert.equal(response.httpVersion, "1.1");
    assert.equal(response.headers["x-from"], "file");
  });

  test("`pyserve -h` prints the usage, `pyserve -V` the version", async (context) => {
    const help = await endOf(start(context, ["-h"]));
    assert.deepEqual(help, { output: usage(), errors: "", status: 0 });
    const version = await endOf(start(context, ["--version"]));
    assert.match(version.output, /^pyserve \d+\.\d+\.\d+[-+.\w]*\n$/);
    assert.equal(version.status, 0);
  });

  test("`pyserve` reports that the current directory was removed", async (context) => {
    const gone = mkdtempSync(join(directory, "gone-"));
    const script = 'rmdir "$PWD" && exec "$@"';
    const child = spawn("/bin/sh", ["-c", script, "sh", process.execPath, MAIN, ...LOCAL], {
      cwd: gone,
      stdio: ["ignore", "pipe", "pipe"],
    });
    context.after(() => child.kill("SIGKILL"));
    const errors = "pyserve: error: '.' can't be served: there is no such directory\n";
    assert.deepEqual(await endOf(child), { output: "", errors, status: 2 });
  });

  test("`pyserve` reports that a port is in use", async (context) => {
    const { port } = await serve(context, LOCAL);
    assert.deepEqual(await endOf(start(context, ["-b", "127.0.0.1", String(port)])), {
      output: "",
      errors: `pyserve: error: port ${port} is in use by another program: choose another one, or 0 for any free port\n`,
      status: 2,
    });
  });

  test("`pyserve` starts through a link, as npm creates it", async () => {
    const link = join(directory, "pyserve.mjs");
    symlinkSync(MAIN, link);
    assert.equal((await promisify(execFile)(process.execPath, [link, "-h"])).stdout, usage());
  });

  test("`pyserve` continues if nobody reads its output", async (context) => {
    const { child, port } = await serve(context, LOCAL);
    child.stdout.destroy();
    child.stderr.destroy();
    for (let count = 0; count < 3; count++) assert.equal((await ask(port, "/hello.txt")).statusCode, 200);
    child.kill("SIGINT");
    const [status] = await once(child, "exit");
    assert.equal(status, 0);
  });
});
