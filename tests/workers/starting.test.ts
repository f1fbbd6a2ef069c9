/** Requirements of a server with workers, and its errors if a requirement is missing. */
import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { threadId } from "node:worker_threads";
import {
  BaseHTTPRequestHandler,
  ForkingTCPServer,
  ThreadingTCPServer,
  WorkerError,
  type WorkerErrorCode,
} from "pyserve";
import { variantOf } from "#src/http/run-servers.js";
import { placement } from "#src/workers/placement.js";
import { canTransferSockets } from "#src/workers/socket-transfer.js";
import { Broken } from "../fixtures/broken-module.js";
import { Commands, errorsTold } from "../fixtures/commands.js";
import { Endless } from "../fixtures/endless-module.js";
import DefaultExport, {
  hidden,
  ProcessFailsThere,
  ThreadFailsThere,
  WithAnotherName,
  WithoutModule,
} from "../fixtures/odd-classes.js";
import { Child } from "../support/child.js";
import { closeAfter, leavesNothingOpen, serve, until } from "../support/servers.js";
import { exchange, StreamClient } from "../support/stream-client.js";
import { ANY_PORT, askOnce, failureOf, KINDS, liveThreads, serveCommands } from "../support/workers.js";

const UNGUARDED = new URL("../fixtures/unguarded-program.js", import.meta.url).href;

/** Runs a program under the Node of the tests. */
function run(t: TestContext, module: string, environment: Readonly<Record<string, string>> = {}): Child {
  return new Child(
    t,
    `Object.assign(process.env, ${JSON.stringify(environment)}); await import(${JSON.stringify(module)});`,
  );
}

if (canTransferSockets()) {
  class Early extends ThreadingTCPServer {
    static override max_threads = 1;

    ready() {
      return this.ready_to_serve();
    }

    protected serves_before_workers(): boolean {
      return true;
    }
  }
  const EarlyServer = variantOf(ThreadingTCPServer, Early);

  test("threads: a server that allows it serves on its own thread until the first thread has started", async (t) => {
    const server = serve(t, new EarlyServer(ANY_PORT, Endless));
    assert.equal(await exchange(server.server_address, ""), "served here\n");
  });

  test("threads: a server that serves without its first thread has it soon, even after a shutdown", async (t) => {
    const server = closeAfter(t, new EarlyServer(ANY_PORT, Commands)) as Early;
    await server.ready();
    await server.shutdown();
    void server.serve_forever();
    assert.equal(await askOnce(server, "where"), `${process.pid}.${threadId}`);
    await until(() => server[placement].pool?.hasStarted === true, "the first thread");
    assert.notEqual(await askOnce(server, "where"), `${process.pid}.${threadId}`);
  });

  for (const [when, hasBegun] of [
    ["before the start of its first thread", () => true],
    ["while its first thread starts", () => liveThreads.size > 0],
  ] as const)
    test(`threads: the end of a server ${when} is no failure`, async (t) => {
      const server = new EarlyServer(ANY_PORT, Endless) as Early;
      const told = t.mock.method(server as unknown as { report_error(): void }, "report_error", () => {});
      await server.ready();
      const serving = server.serve_forever();
      assert.equal(await exchange(server.server_address, ""), "served here\n");
      await until(hasBegun);
      await server.server_close();
      await serving;
      assert.equal(liveThreads.size, 0);
      assert.deepEqual(told.mock.calls, []);
    });
}

for (const [kind, Server] of KINDS) {
  const FailsThere = kind === "threads" ? ThreadFailsThere : ProcessFailsThere;

  test(`${kind}: a class that its module exports by default is found`, async (t) => {
    const server = serve(t, new Server(ANY_PORT, DefaultExport));
    assert.equal(await exchange(server.server_address, ""), "default\n");
  });

  test(`${kind}: a class that its module exports under another name is found`, async (t) => {
    const server = serve(t, new Server(ANY_PORT, WithAnotherName));
    assert.equal(await exchange(server.server_address, ""), "renamed\n");
  });

  test(`${kind}: a handler that does not say its module is an error of the constructor`, () => {
    assert.throws(() => new Server(ANY_PORT, WithoutModule), {
      name: "WorkerError",
      code: "PYSERVE_CLASS_WITHOUT_MODULE",
      message: /WithoutModule.*static module = import\.meta\.url/,
    });
  });

  test(`${kind}: a server whose class does not say its module is an error of the constructor, whatever its base says`, () => {
    class Derived extends (Server as typeof ThreadingTCPServer) {}
    assert.throws(() => new Derived(ANY_PORT, Commands), {
      code: "PYSERVE_CLASS_WITHOUT_MODULE",
      message: /the class Derived/,
    });
  });

  test(`${kind}: an address that a failing constructor has bound is free again`, async (t) => {
    const first = closeAfter(t, new Server(ANY_PORT, Commands));
    await until(() => first.server_address[1] !== 0);
    const { server_address } = first;
    await first.server_close();
    assert.throws(() => new Server(server_address, WithoutModule), WorkerError);
    assert.equal(await askOnce(serveAt(t, server_address), "server field"), "as declared");
  });

  function serveAt(t: TestContext, address: typeof ANY_PORT) {
    return serve(t, new Server(address, Commands));
  }

  const failures: readonly [
    what: string,
    code: WorkerErrorCode,
    message: RegExp,
    make: () => InstanceType<typeof Server>,
  ][] = [
    [
      "a handler that is not exported",
      "PYSERVE_CLASS_NOT_EXPORTED",
      /Hidden.*must export/,
      () => new Server(ANY_PORT, hidden()),
    ],
    [
      "a module that can't be imported",
      "PYSERVE_MODULE_FAILED",
      /broken-module.*on purpose/,
      () => new Server(ANY_PORT, Broken),
    ],
    [
      "a constructor that fails in a worker",
      "PYSERVE_SERVER_NOT_REBUILT",
      /FailsThere.*on purpose/,
      () => new FailsThere(ANY_PORT, Commands) as unknown as InstanceType<typeof Server>,
    ],
  ];
  for (const [what, code, message, make] of failures) {
    test(`${kind}: ${what} is told once: serve_forever and handle_request reject, and leave nothing behind`, async () => {
      const attempt = async (method: "serve_forever" | "handle_request") => {
        const server = make();
        await until(() => server.server_address[1] !== 0);
        const clients = await Promise.all([1, 2, 3].map(() => StreamClient.connect(server.server_address)));
        const error = await failureOf(server[method]());
        assert.equal(error.code, code);
        assert.match(error.message, message);
        await server.server_close();
        assert.deepEqual(errorsTold(server), []);
        for (const client of clients) {
          assert.equal(await client.finish(), "");
          client.socket.destroy();
        }
        assert.equal(liveThreads.size, 0);
      };
      await attempt("serve_forever");
      await leavesNothingOpen(() => attempt("handle_request"));
    });
  }

  test(`${kind}: shutdown and server_close do not wait for a module that is never imported`, async () => {
    const server = new Server(ANY_PORT, Endless);
    const serving = server.serve_forever();
    await until(() => liveThreads.size > 0 || kind === "processes");
    await server.shutdown();
    await serving;
    const again = server.serve_forever();
    await server.server_close();
    await again;
    assert.equal(liveThreads.size, 0);
  });

  for (const late of ["", "while importing", "after import"]) {
    test(`${kind}: a program that is not guarded ${late || "at all"} says so, and makes no more of them`, async (t) => {
      const child = run(t, UNGUARDED, { SERVER: kind, LATE: late });
      await until(() => /PYSERVE/.test(child.output) || child.process.exitCode !== null, "an error");
      child.process.kill("SIGTERM");
      await child.end();
      assert.match(child.output, /PYSERVE_MAIN_NOT_GUARDED .*(?:isMainThread|import\.meta\.main)/);
      // The program, and its first worker.
      assert.equal(child.output.match(/started/g)?.length, 2);
    });
  }

  test(`${kind}: a program that releases its server ends by itself`, async (t) => {
    const child = new Child(
      t,
      `import { Commands, ${Server.name} } from ${JSON.stringify(new URL("../fixtures/commands.js", import.meta.url).href)};
       const server = new ${Server.name}(["127.0.0.1", 0], Commands);
       await server.handle_request.call(Object.assign(server, { timeout: 0.01 }));
       const serving = server.serve_forever();
       console.log(server.server_address[1]);
       await serving;
       console.log("served");`,
    );
    await until(
      () => child.output.includes("\n") || child.process.exitCode !== null,
      "the child's first line",
    );
    const address = { server_address: ["127.0.0.1", Number.parseInt(child.output, 10)] as const };
    assert.notEqual(await askOnce(address, "where"), undefined, child.errors);
    await askOnce(address, "shutdown");
    // Its idle workers are still there.
    assert.equal(await child.end(), 0, child.errors);
    assert.match(child.output, /served/);
  });

  test(`${kind}: a connection that is served keeps the program alive`, async (t) => {
    const child = new Child(
      t,
      `import { Commands, ${Server.name} } from ${JSON.stringify(new URL("../fixtures/commands.js", import.meta.url).href)};
       const server = new ${Server.name}(["127.0.0.1", 0], Commands);
       await new Promise((resolve) => setImmediate(resolve));
       console.log(server.server_address[1]);
       await server.handle_request();
       console.log("handled");`,
    );
    await until(
      () => child.output.includes("\n") || child.process.exitCode !== null,
      "the child's first line",
    );
    const client = await StreamClient.connect(["127.0.0.1", Number.parseInt(child.output, 10)]);
    await until(() => child.output.includes("handled"), "handle_request");
    client.send("where\n");
    assert.match(await client.read(3), /^"\d/);
    client.end();
    assert.equal(await child.end(), 0, child.errors);
    client.socket.destroy();
  });
}

test("a class of the package says its module itself", async (t) => {
  const server = serve(t, new ForkingTCPServer(ANY_PORT, Commands));
  assert.notEqual(await askOnce(server, "where"), undefined);
  assert.doesNotThrow(() => closeAfter(t, new ForkingTCPServer(ANY_PORT, BaseHTTPRequestHandler as never)));
});

test("processes: serve_forever reports a child that can't be started", async (t) => {
  const { execPath } = process;
  t.after(() => {
    process.execPath = execPath;
  });
  const server = closeAfter(t, new ForkingTCPServer(ANY_PORT, Commands));
  process.execPath = "/nowhere/node";
  const error = await failureOf(server.serve_forever());
  assert.equal(error.code, "PYSERVE_WORKER_DIED");
  assert.match(error.message, /ENOENT/);
});

test("processes: handler_args are data", () => {
  const memory = new SharedArrayBuffer(8);
  assert.throws(() => new ForkingTCPServer(ANY_PORT, Commands, { handler_args: { memory } }), {
    code: "PYSERVE_NOT_CLONEABLE",
    message: /handler_args\.memory/,
  });
});

if (canTransferSockets()) {
  const GUARDED = new URL("../fixtures/guarded-program.js", import.meta.url).href;

  test("threads: a program in one file is guarded by isMainThread", async (t) => {
    const child = run(t, GUARDED);
    await until(
      () => child.output.includes("\n") || child.process.exitCode !== null,
      "the child's first line",
    );
    const address = ["127.0.0.1", Number.parseInt(child.output, 10)] as const;
    assert.equal(await exchange(address, "hello\n"), "thread: hello\n", child.errors);
    assert.equal(await exchange(address, "stop\n"), "thread: stop\n");
    assert.equal(await child.end(), 0);
    assert.match(child.output, /^\d+\nserved\n$/);
  });

  test("threads: memory in handler_args is shared", async (t) => {
    const memory = new SharedArrayBuffer(8);
    const [, Server] = KINDS[0] ?? assert.fail();
    const server = serveCommands(t, Server, {}, { memory });
    assert.deepEqual(await askOnce(server, "args"), { memory: {} });
  });
}
