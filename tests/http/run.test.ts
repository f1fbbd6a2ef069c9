import assert from "node:assert/strict";
import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, renameSync, rmSync } from "node:fs";
import { get, type IncomingMessage } from "node:http";
import { type AddressInfo, connect, createServer } from "node:net";
import { networkInterfaces, tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { after, before, describe, type TestContext, test } from "node:test";
import { PYSERVE } from "../support/published.js";

type Child = ChildProcessByStdio<null, Readable, Readable>;

let directory: string;
before(() => {
  directory = mkdtempSync(join(tmpdir(), "pyserve-run-"));
});
after(() => rmSync(directory, { recursive: true }));

/** Starts a program that has `run` and the classes, optionally with a descriptor 3. */
function start(context: TestContext, program: string, fd?: number): Child {
  const source = `
    import {
      BaseHTTPRequestHandler, HTTPServer, SimpleHTTPRequestHandler, ThreadingHTTPServer, run, supportsThreads,
    } from ${JSON.stringify(PYSERVE)};
    ${program}`;
  const child = spawn(process.execPath, ["--input-type=module", "--eval", source], {
    stdio: ["ignore", "pipe", "pipe", ...(fd === undefined ? [] : [fd])],
  }) as Child;
  context.after(() => child.kill("SIGKILL"));
  child.stdout.setEncoding("utf8");
  return child;
}

/** Waits for the output that shows that the server listens. */
async function announcement(child: Child): Promise<string> {
  const [printed] = (await once(child.stdout, "data")) as [string];
  return printed;
}

function portOf(printed: string): number {
  return Number(/ port (\d+) /.exec(printed)?.[1]);
}

async function statusOf(child: Child): Promise<number | NodeJS.Signals> {
  const [status, signal] = (await once(child, "close")) as [number, NodeJS.Signals];
  return status ?? signal;
}

async function request(port: number, host = "127.0.0.1"): Promise<IncomingMessage> {
  const [response] = (await once(get({ host, port, agent: false }), "response")) as [IncomingMessage];
  return response;
}

const machine = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
const hasIPv6 = machine.some(({ family }) => family === "IPv6");

describe("run", () => {
  test("`run` prints its address, and answers 501 by default", async (context) => {
    const child = start(context, 'await run({ port: 0, bind: "127.0.0.1" });');
    const printed = await announcement(child);
    const port = portOf(printed);
    assert.equal(printed, `Serving HTTP on 127.0.0.1 port ${port} (http://127.0.0.1:${port}/) ...\n`);
    const response = await request(port);
    assert.equal(response.statusCode, 501);
    assert.equal(response.httpVersion, "1.1");
    assert.match(await text(response), /Unsupported method \('GET'\)/);
  });

  test("`run` ends on SIGINT as Python does", async (context) => {
    const child = start(context, 'await run({ port: 0, bind: "127.0.0.1" }); console.log("stopped");');
    await announcement(child);
    child.kill("SIGINT");
    const [rest, status] = await Promise.all([text(child.stdout), statusOf(child)]);
    assert.equal(rest, "\nKeyboard interrupt received, exiting.\nstopped\n");
    assert.equal(status, 0);
  });

  test("`run` ends silently on SIGTERM", async (context) => {
    const child = start(context, 'await run({ port: 0, bind: "127.0.0.1" });');
    await announcement(child);
    child.kill("SIGTERM");
    const [output, errors, status] = await Promise.all([
      text(child.stdout),
      text(child.stderr),
      statusOf(child),
    ]);
    assert.deepEqual([output, errors, status], ["", "", 0]);
  });

  test("`run` ends with an AbortSignal, and leaves no listener behind", async (context) => {
    const child = start(
      context,
      `
      const stop = new AbortController();
      process.once("SIGHUP", () => stop.abort());
      await run({ port: 0, bind: "127.0.0.1", signal: stop.signal });
      await run({ port: 0, bind: "127.0.0.1", signal: stop.signal }); // aborted already: prints nothing
      console.log(process.listenerCount("SIGINT"), process.listenerCount("SIGTERM"));`,
    );
    await announcement(child);
    child.kill("SIGHUP");
    const [rest, status] = await Promise.all([text(child.stdout), statusOf(child)]);
    assert.equal(rest, "0 0\n");
    assert.equal(status, 0);
  });

  test("`run` does not change the classes", async (context) => {
    const child = start(
      context,
      `
      class Handler extends BaseHTTPRequestHandler {
        do_GET() {
          const names = [this.constructor.name, this.server.constructor.name, this.server instanceof Server].join();
          this.send_response(200);
          this.send_header("Content-Length", String(names.length));
          this.end_headers();
          this.wfile.write(names);
        }
      }
      class Server extends HTTPServer {}
      const before = [Handler.protocol_version, Server.address_family, Object.keys(Handler), Object.keys(Server)];
      const stop = new AbortController();
      process.once("SIGHUP", () => stop.abort());
      await run({ HandlerClass: Handler, ServerClass: Server, protocol: "HTTP/1.0", port: 0, bind: ${hasIPv6 ? '"::1"' : '"127.0.0.1"'}, signal: stop.signal });
      const after = [Handler.protocol_version, Server.address_family, Object.keys(Handler), Object.keys(Server)];
      console.log(JSON.stringify(before) === JSON.stringify(after));`,
    );
    const response = await request(portOf(await announcement(child)), hasIPv6 ? "::1" : "127.0.0.1");
    assert.equal(response.httpVersion, "1.0");
    assert.equal(await text(response), "Handler,Server,true");
    child.kill("SIGHUP");
    assert.equal(await text(child.stdout), "true\n");
  });

  test("`run` passes `handler_args` to handlers", async (context) => {
    const child = start(
      context,
      `
      class Handler extends BaseHTTPRequestHandler {
        constructor(request, client_address, server, args) {
          super(request, client_address, server, args);
          this.greeting = args.greeting;
        }
        do_GET() {
          this.send_error(418, this.greeting);
        }
      }
      await run({ HandlerClass: Handler, port: 0, bind: "localhost", handler_args: { greeting: "Hello" } });`,
    );
    const printed = await announcement(child);
    assert.match(printed, /^Serving HTTP on (127\.0\.0\.1|::1) port/);
    const response = await request(portOf(printed), "localhost");
    assert.equal(response.statusMessage, "Hello");
    response.resume();
  });

  test("`run` puts an IPv6 address into brackets in the URL only", { skip: !hasIPv6 }, async (context) => {
    const printed = await announcement(start(context, 'await run({ port: 0, bind: "::1" });'));
    const port = portOf(printed);
    assert.equal(printed, `Serving HTTP on ::1 port ${port} (http://[::1]:${port}/) ...\n`);
  });

  for (const bind of ["null", '""', "undefined"]) {
    test(`\`run\` serves all interfaces, IPv4 too, when \`bind\` is ${bind}`, async (context) => {
      const child = start(
        context,
        `await run({ port: 0, ...(${bind} === undefined ? {} : { bind: ${bind} }) });`,
      );
      const printed = await announcement(child);
      const port = portOf(printed);
      const [first, ...urls] = printed.trimEnd().split("\n");
      const all = hasIPv6 ? "::" : "0.0.0.0";
      assert.equal(first, `Serving HTTP on ${all} port ${port} (http://localhost:${port}/) ...`);
      for (const { address, family, internal } of machine) {
        if (family === "IPv4") assert.equal(urls.includes(`  http://${address}:${port}/`), !internal);
      }
      assert.equal((await request(port)).statusCode, 501);
      if (hasIPv6) assert.equal((await request(port, "::1")).statusCode, 501);
    });
  }

  test("`run` rejects if it can't use the address, and announces nothing", async (context) => {
    const taken = start(context, 'await run({ port: 0, bind: "127.0.0.1" });');
    const port = portOf(await announcement(taken));
    const child = start(
      context,
      `await run({ port: ${port}, bind: "127.0.0.1" }).catch((error) => console.log(error.code));
       await run({ port: 0, bind: "198.51.100.1" }).catch((error) => console.log(error.code));
       await run({ port: 0, bind: "name.invalid" }).catch((error) => console.log(/^(ENOTFOUND|EAI_AGAIN)$/.test(error.code)));
       console.log(process.listenerCount("SIGINT"));`,
    );
    assert.equal(await text(child.stdout), "EADDRINUSE\nEADDRNOTAVAIL\ntrue\n0\n");
  });

  test("`run` listens on several addresses, and ends on all of them", async (context) => {
    const path = join(directory, "several.sock");
    const child = start(
      context,
      `await run({ listen: [{ host: "127.0.0.1", port: 0 }, { path: ${JSON.stringify(path)} }, { host: "localhost", port: 0 }] });`,
    );
    const lines = (await announcement(child)).trimEnd().split("\n");
    assert.equal(lines.length, 3);
    assert.equal(lines[1], `Serving HTTP on unix:${path} ...`);
    for (const line of [lines[0], lines[2]]) {
      assert.equal((await request(portOf(line ?? ""), "localhost")).statusCode, 501);
    }
    const [reply] = (await once(get({ socketPath: path, agent: false }), "response")) as [IncomingMessage];
    assert.equal(reply.statusCode, 501);
    child.kill("SIGTERM");
    assert.equal(await statusOf(child), 0);
    assert.ok(!existsSync(path));
  });

  test("`run` listens nowhere if one address fails, and names this address", async (context) => {
    const taken = start(context, 'await run({ port: 0, bind: "127.0.0.1" });');
    const port = portOf(await announcement(taken));
    const path = join(directory, "none.sock");
    const child = start(
      context,
      `const listen = [{ path: ${JSON.stringify(path)} }, { host: "127.0.0.1", port: ${port} }];
       await run({ listen }).catch((error) => console.log(error.code, error.listen_address === listen[1]));`,
    );
    assert.equal(await text(child.stdout), "EADDRINUSE true\n");
    assert.ok(!existsSync(path));
  });

  test("`run` takes the next free port, if allowed, and reports it", async (context) => {
    const taken = start(context, 'await run({ port: 0, bind: "127.0.0.1" });');
    const port = portOf(await announcement(taken));
    const child = start(context, `await run({ port: ${port}, bind: "127.0.0.1", port_attempts: 20 });`);
    const found = portOf(await announcement(child));
    assert.ok(found > port && found < port + 20, `${found} is next to ${port}`);
    child.kill("SIGTERM");
    assert.equal(await text(child.stderr), `Port ${port} is in use. The next free port is ${found}.\n`);
  });

  for (const [what, path, where, logged] of [
    ["a port", null, /^Serving HTTP on 127\.0\.0\.1 port \d+ /, /^127\.0\.0\.1 - - \[/],
    ["a socket in the file system", "inherited.sock", /^Serving HTTP on fd:3 \.\.\.\n$/, /^- - - \[/],
  ] as const) {
    test(`\`run\` serves ${what} that it has inherited`, async (context) => {
      const listener = createServer();
      const address = path === null ? { host: "127.0.0.1", port: 0 } : { path: join(directory, path) };
      await once(listener.listen(address), "listening");
      context.after(() => listener.close());
      const { fd } = (listener as unknown as { _handle: { fd: number } })._handle;
      const child = start(
        context,
        "await run({ listen: [{ fd: 3 }], max_threads: supportsThreads() ? 1 : 0 });",
        fd,
      );
      assert.match(await announcement(child), where);
      // While the other server listens there too, it may get the connection. At its end, it removes its path.
      if (path !== null) renameSync(join(directory, path), join(directory, "kept.sock"));
      const target =
        path === null
          ? { port: (listener.address() as AddressInfo).port }
          : { socketPath: join(directory, "kept.sock") };
      listener.close();
      const [reply] = (await once(get({ ...target, agent: false }), "response")) as [IncomingMessage];
      assert.equal(reply.statusCode, 501);
      child.kill("SIGTERM");
      const [status, log] = await Promise.all([statusOf(child), text(child.stderr)]);
      assert.equal(status, 0);
      assert.match(log, logged);
    });
  }

  test("`run` reports a descriptor that is not a listening socket", async (context) => {
    const child = start(
      context,
      "await run({ listen: [{ fd: 3 }] }).catch(({ code }) => console.log(code));",
      0,
    );
    assert.match(await text(child.stdout), /^E[A-Z]+\n$/);
  });

  test("`run` sets class attributes only for itself, even in threads", async (context) => {
    const child = start(
      context,
      `
      const settings = { server_version: "Mine/1", sys_version: "x" };
      await run({ HandlerClass: SimpleHTTPRequestHandler, handler_attributes: settings, port: 0, bind: "127.0.0.1",
        max_threads: supportsThreads() ? 1 : 0, on_listening(urls) { console.error(urls.join(), SimpleHTTPRequestHandler.server_version); } });`,
    );
    const errors = text(child.stderr);
    const port = portOf(await announcement(child));
    assert.equal((await request(port)).headers.server, "Mine/1 x");
    child.kill("SIGTERM");
    assert.equal((await errors).split("\n")[0], `http://127.0.0.1:${port}/ SimpleHTTP/0.6`);
  });

  test("`run` prints the URLs with their path", async (context) => {
    const printed = await announcement(
      start(context, 'await run({ port: 0, bind: "127.0.0.1", url_path: "/a/" });'),
    );
    assert.match(printed, /\(http:\/\/127\.0\.0\.1:\d+\/a\/\)/);
  });
});

test("the health check of `admin` fails until the last request is served", async (t) => {
  const child = start(
    t,
    `class Slow extends BaseHTTPRequestHandler {
      async do_POST() {
        await this.rfile.read();
        this.send_response(204);
        this.end_headers();
      }
    }
    const admin = { host: "127.0.0.1", port: 0 };
    const server_attributes = { drain_timeout: 600 };
    await run({ HandlerClass: Slow, bind: "127.0.0.1", port: 0, admin, server_attributes });`,
  );
  const printed = await announcement(child);
  const adminPort = Number(/Admin: .* port (\d+) /.exec(printed)?.[1]);
  const health = async () => (await fetch(`http://127.0.0.1:${adminPort}/healthz`)).status;
  const client = connect(portOf(printed), "127.0.0.1");
  // The server takes the request, and waits for its content.
  client.write("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n");
  const [interim] = (await once(client, "data")) as [Buffer];
  assert.match(interim.toString(), /^HTTP\/1\.1 100 /);
  assert.equal(await health(), 200);
  child.kill("SIGTERM");
  while (await accepts(portOf(printed)));
  for (let count = 0; count < 20; count++) assert.equal(await health(), 503);
  client.write("done");
  assert.match(await text(client), /^HTTP\/1\.1 204 /);
  assert.equal(await statusOf(child), 0);
});

async function accepts(port: number): Promise<boolean> {
  const socket = connect(port, "127.0.0.1");
  return once(socket, "connect").then(
    () => socket.destroy() !== undefined,
    () => false,
  );
}
