import assert from "node:assert/strict";
import { Socket } from "node:net";
import { type TestContext, test } from "node:test";
import { setImmediate } from "node:timers/promises";
import {
  BaseRequestHandler,
  type InetAddress,
  StreamRequestHandler,
  TCPServer,
  ThreadingTCPServer,
  TimeoutError,
} from "pyserve/socketserver";
import { HANDLER_HOOKS, type Interference, logging, SERVER_HOOKS } from "../support/hook-log.js";
import {
  answerWhen,
  deferred,
  leavesNothingOpen,
  serve,
  standardError,
  TCP_SERVERS,
  until,
} from "../support/servers.js";
import { exchange, StreamClient } from "../support/stream-client.js";

class Echo extends StreamRequestHandler {
  override async handle() {
    await this.wfile.write(await this.rfile.readline());
  }
}

type Interferences = Readonly<Record<string, Interference>>;

function fails(): never {
  throw new Error("on purpose");
}

const TO_FINISH = ["get_request", "verify_request", "process_request", "finish_request"];
const RELEASE = ["shutdown_request", "close_request"];

// Measured with CPython 3.11 and 3.13.
const sequences: readonly { name: string; interference: Interferences; answer: string; calls: string[] }[] = [
  {
    name: "a request that goes well",
    interference: {},
    answer: "hello\n",
    calls: [...TO_FINISH, "setup", "handle", "finish", ...RELEASE],
  },
  {
    name: "a request that verify_request refuses",
    interference: { verify_request: () => false },
    answer: "",
    calls: ["get_request", "verify_request", ...RELEASE],
  },
  {
    name: "an error in process_request",
    interference: { process_request: fails },
    answer: "",
    calls: ["get_request", "verify_request", "process_request", "handle_error", ...RELEASE],
  },
  {
    name: "an error in finish_request",
    interference: { finish_request: fails },
    answer: "",
    calls: [...TO_FINISH, "handle_error", ...RELEASE],
  },
  {
    name: "an error in handle",
    interference: { handle: fails },
    answer: "",
    calls: [...TO_FINISH, "setup", "handle", "finish", "handle_error", ...RELEASE],
  },
  {
    name: "an error in setup",
    interference: { setup: fails },
    answer: "",
    calls: [...TO_FINISH, "setup", "handle_error", ...RELEASE],
  },
  {
    name: "an error in finish",
    interference: { finish: fails },
    answer: "hello\n",
    calls: [...TO_FINISH, "setup", "handle", "finish", "handle_error", ...RELEASE],
  },
];

for (const Server of TCP_SERVERS) {
  for (const asynchronous of [false, true]) {
    const kind = `${Server.name} with ${asynchronous ? "asynchronous" : "synchronous"} hooks`;

    for (const { name, interference, answer, calls } of sequences) {
      test(`${kind} calls them in Python's order for ${name}`, async (t) => {
        standardError(t);
        const { server, log } = loggingServer(t, Server, asynchronous, interference);
        assert.equal(await exchange(server.server_address, "hello\n"), answer);
        await until(() => log.length >= calls.length);
        assert.deepEqual(log, calls);
      });
    }

    // The hook fails for the first of two requests.
    for (const hook of [...SERVER_HOOKS, ...HANDLER_HOOKS]) {
      test(`${kind} goes on after an error in ${hook}, and leaves nothing open`, async (t) => {
        const lines = standardError(t);
        await leavesNothingOpen(async () => {
          const once = failingOnce(hook);
          const { server, log } = makeLogging(Server, asynchronous, once);
          const serving = server.serve_forever();
          const first = await exchange(server.server_address, "first\n");
          assert.ok(["", "first\n"].includes(first), first);
          assert.equal(await exchange(server.server_address, "second\n"), "second\n");
          await server.server_close();
          await serving;
          assert.ok(log.includes(hook));
          assert.ok(lines.some((line) => line.includes("on purpose")));
        });
      });

      test(`${kind} goes on after an error in ${hook} each time`, async (t) => {
        standardError(t);
        await leavesNothingOpen(async () => {
          const always: Interferences = { [hook]: fails, ...(hook === "handle_error" && { handle: fails }) };
          // A request that get_request does not return stays in the queue until the server is closed.
          const { server, log } = makeLogging(Server, asynchronous, always);
          const serving = server.serve_forever();
          const answers = [1, 2, 3].map(() => exchange(server.server_address, "hello\n").catch(() => ""));
          await until(() => log.filter((name) => name === hook).length >= 3);
          await server.server_close();
          await serving;
          await Promise.all(answers);
        });
      });
    }

    test(`${kind} reports an error in service_actions and goes on`, async (t) => {
      const lines = standardError(t);
      const log: string[] = [];
      const Logging = logging(Server, ["service_actions"], log, asynchronous, { service_actions: fails });
      const server = serve(t, new Logging(["localhost", 0], Echo), { poll_interval: 0.001 });
      await until(() => log.length >= 3);
      assert.equal(await exchange(server.server_address, "hello\n"), "hello\n");
      assert.match(lines[0] ?? "", /on purpose/);
    });

    test(`${kind} reports an error in handle_timeout`, async (t) => {
      const lines = standardError(t);
      const log: string[] = [];
      const Logging = logging(Server, ["handle_timeout"], log, asynchronous, { handle_timeout: fails });
      await using server = new Logging(["localhost", 0], Echo);
      server.timeout = 0.001;
      await server.handle_request();
      assert.deepEqual(log, ["handle_timeout"]);
      assert.match(lines[0] ?? "", /on purpose/);
    });
  }

  for (const gives of [null, undefined, 5, {}, "nothing"]) {
    test(`${Server.name} survives a get_request that gives ${JSON.stringify(gives)}`, async (t) => {
      standardError(t);
      let calls = 0;
      class Odd extends Server {
        override get_request() {
          if (calls++ === 0) return gives as never;
          return super.get_request();
        }
      }
      const server = serve(t, new Odd(["localhost", 0], Echo));
      assert.equal(await exchange(server.server_address, "hello\n"), "hello\n");
      assert.ok(calls >= 2);
    });
  }

  test(`${Server.name} does not fill the log if get_request fails each time`, async (t) => {
    const lines = standardError(t);
    class Failing extends Server {
      override get_request(): never {
        throw new Error("on purpose");
      }
    }
    const server = serve(t, new Failing(["localhost", 0], Echo));
    const start = performance.now();
    const client = await StreamClient.connect(server.server_address);
    t.after(() => client.socket.destroy());
    await until(() => lines.length >= 5);
    assert.ok(lines.length <= 2 + (performance.now() - start) / 50);
  });

  for (const given of ["nothing", []]) {
    test(`${Server.name} says what a get_request that always gives ${JSON.stringify(given)} must give`, async (t) => {
      const lines = standardError(t);
      class Odd extends Server {
        override get_request() {
          return given as never;
        }
      }
      const server = serve(t, new Odd(["localhost", 0], Echo));
      const client = await StreamClient.connect(server.server_address);
      t.after(() => client.socket.destroy());
      await until(() => lines.length > 0);
      assert.match(
        lines[0] ?? "",
        /get_request must return \[request, client_address\], not ('nothing'|\[\])/,
      );
    });
  }

  test(`${Server.name} says in one line that get_request must not give only a connection`, async (t) => {
    const lines = standardError(t);
    class Odd extends Server {
      override get_request() {
        const [request] = super.get_request() as readonly [Socket, InetAddress];
        return request as never;
      }
    }
    const server = serve(t, new Odd(["localhost", 0], Echo));
    const client = await StreamClient.connect(server.server_address);
    t.after(() => client.socket.destroy());
    await until(() => lines.length > 0);
    assert.match(lines[0] ?? "", /get_request must return \[request, client_address\], not \[Socket\]\.$/m);
  });

  test(`${Server.name} leaves time for everything else if get_request takes no connection`, async (t) => {
    let calls = 0;
    class Busy extends Server {
      override get_request(): readonly [Socket, InetAddress] {
        if (++calls >= 10_000) throw new Error("Nothing else has run.");
        return [new Socket(), ["192.0.2.1", 1]];
      }
      // A socket without a connection never ends on Node 20.
      override shutdown_request(): void {}
    }
    class Idle extends BaseRequestHandler {}
    const lines = standardError(t);
    const server = serve(t, new Busy(["localhost", 0], Idle));
    const client = await StreamClient.connect(server.server_address);
    t.after(() => client.socket.destroy());
    await until(() => calls > 0);
    await server.server_close();
    assert.deepEqual(lines, []);
  });

  test(`${Server.name} waits between two calls of get_request if it fails with a system error each time`, async (t) => {
    let calls = 0;
    class Failing extends Server {
      override get_request(): never {
        calls++;
        throw Object.assign(new Error("on purpose"), { code: "EMFILE", syscall: "accept" });
      }
    }
    const server = serve(t, new Failing(["localhost", 0], Echo));
    const start = performance.now();
    const client = await StreamClient.connect(server.server_address);
    t.after(() => client.socket.destroy());
    await until(() => calls >= 3);
    assert.ok(calls <= 2 + (performance.now() - start) / 50);
  });

  test(`${Server.name} takes the next connection at once if get_request has taken one and failed`, async (t) => {
    standardError(t);
    let calls = 0;
    const failed = deferred();
    class Failing extends Server {
      override async get_request(): Promise<never> {
        const [request] = await super.get_request();
        request.destroy();
        if (++calls > 1) throw new Error("on purpose");
        await answerWhen(
          () => this.stats(),
          ({ connections }) => connections.waiting > 0,
        );
        failed.resolve();
        throw new Error("on purpose");
      }
    }
    const server = serve(t, new Failing(["localhost", 0], Echo));
    for (const _ of "12") {
      const client = await StreamClient.connect(server.server_address);
      t.after(() => client.socket.destroy());
    }
    await failed.promise;
    for (let turn = 0; turn < 10; turn++) await setImmediate();
    assert.equal(calls, 2);
  });

  for (const thrown of [null, undefined, "text", 5]) {
    test(`${Server.name} survives a get_request and a handle_error that throw ${thrown}`, async (t) => {
      const lines = standardError(t);
      let calls = 0;
      class Odd extends Server {
        override get_request() {
          if (calls++ === 0) throw thrown;
          return super.get_request();
        }
        override handle_error() {
          throw thrown;
        }
      }
      const server = serve(t, new Odd(["localhost", 0], Echo));
      assert.equal(await exchange(server.server_address, "hello\n"), "hello\n");
      assert.equal(lines.length, 1);
    });
  }

  test(`${Server.name} takes an error of the system's in get_request for a client that went away`, async (t) => {
    const lines = standardError(t);
    let calls = 0;
    class Accepting extends Server {
      override get_request() {
        if (calls++ === 0) throw Object.assign(new Error("accept ECONNABORTED"), SYSTEM_ERROR);
        return super.get_request();
      }
    }
    const server = serve(t, new Accepting(["localhost", 0], Echo));
    assert.equal(await exchange(server.server_address, "hello\n"), "hello\n");
    assert.deepEqual(lines, []);
  });

  test(`${Server.name} reports an error that a handler's constructor throws`, async (t) => {
    const lines = standardError(t);
    class Unbuildable extends Echo {
      readonly built = fails();
    }
    const server = serve(t, new Server(["localhost", 0], Unbuildable));
    assert.equal(await exchange(server.server_address, "hello\n"), "");
    assert.match(lines[0] ?? "", /on purpose/);
  });

  test(`${Server.name} hands handler_args to the handler's constructor`, async (t) => {
    const seen: unknown[] = [];
    class Taking extends Echo {
      constructor(...args: ConstructorParameters<typeof Echo>) {
        super(...args);
        seen.push(args[3]);
      }
    }
    const handler_args = { directory: "/srv" };
    const server = serve(t, new Server(["localhost", 0], Taking, { handler_args }));
    await exchange(server.server_address, "hello\n");
    assert.deepEqual(seen, [handler_args]);
    assert.equal(server.handler_args, handler_args);
  });

  test(`${Server.name} lets finish_request give the handler what it chooses, as Python's command does`, async (t) => {
    class Directing extends Server {
      override finish_request(request: Socket, client_address: InetAddress) {
        return this.run_handler(
          new this.RequestHandlerClass(request, client_address, this, { greeting: "hello" }),
        );
      }
    }
    class Greeting extends StreamRequestHandler {
      readonly greeting: string;
      constructor(
        request: Socket,
        client_address: InetAddress,
        server: TCPServer,
        args: { greeting: string } = { greeting: "" },
      ) {
        super(request, client_address, server);
        this.greeting = args.greeting;
      }
      override async handle() {
        await this.wfile.write(this.greeting);
      }
    }
    const server = serve(t, new Directing(["localhost", 0], Greeting));
    assert.equal(await exchange(server.server_address, ""), "hello");
  });

  test(`${Server.name} takes a timeout in get_request for a client that went away, as Python does`, async (t) => {
    const lines = standardError(t);
    let calls = 0;
    class Shaking extends Server {
      override async get_request() {
        if (calls++ === 0) throw new TimeoutError("no handshake came");
        return super.get_request();
      }
    }
    const server = serve(t, new Shaking(["localhost", 0], Echo));
    assert.equal(await exchange(server.server_address, "hello\n"), "hello\n");
    assert.deepEqual(lines, []);
  });

  test(`${Server.name} lets finish_request run a handler of its own making`, async (t) => {
    class Making extends Server {
      override finish_request(...[request, client_address]: Parameters<TCPServer["finish_request"]>) {
        return this.run_handler(new Echo(request, client_address, this));
      }
    }
    class Unused extends Echo {
      override handle(): never {
        throw new Error("not this one");
      }
    }
    const server = serve(t, new Making(["localhost", 0], Unused));
    assert.equal(await exchange(server.server_address, "hello\n"), "hello\n");
  });
}

for (const asynchronous of [false, true]) {
  test(`ThreadingTCPServer reports an ${asynchronous ? "asynchronous" : "synchronous"} error in process_request_thread`, async (t) => {
    const lines = standardError(t);
    const log: string[] = [];
    const Logging = logging(
      ThreadingTCPServer,
      ["process_request_thread", ...SERVER_HOOKS],
      log,
      asynchronous,
      failingOnce("process_request_thread"),
    );
    const server = serve(t, new Logging(["localhost", 0], Echo));
    assert.equal(await exchange(server.server_address, "hello\n"), "");
    assert.match(lines[0] ?? "", /on purpose/);
    assert.deepEqual(log.slice(-4), ["process_request_thread", "handle_error", ...RELEASE]);
    assert.equal(await exchange(server.server_address, "hello\n"), "hello\n");
  });
}

test("a server refuses a handler that is not a class", () => {
  assert.throws(() => new TCPServer(["localhost", 0], "Echo" as never), {
    name: "TypeError",
    message: /RequestHandlerClass.*Echo/,
  });
});

const SYSTEM_ERROR = { code: "ECONNABORTED", syscall: "accept", errno: -103 };

/** `hook` throws at its first call. `handle` throws too, so that handle_error is called in any case. */
function failingOnce(hook: string): Interferences {
  const once = () => {
    let calls = 0;
    return () => (calls++ === 0 ? fails() : undefined);
  };
  return { [hook]: once(), ...(hook === "handle_error" && { handle: once() }) };
}

function makeLogging(
  Server: (typeof TCP_SERVERS)[number],
  asynchronous: boolean,
  interference: Interferences,
) {
  const log: string[] = [];
  const LoggingServer = logging(Server, SERVER_HOOKS, log, asynchronous, interference);
  const LoggingEcho = logging(Echo, HANDLER_HOOKS, log, asynchronous, interference);
  return { server: new LoggingServer(["localhost", 0], LoggingEcho), log };
}

function loggingServer(t: TestContext, ...args: Parameters<typeof makeLogging>) {
  const made = makeLogging(...args);
  serve(t, made.server);
  return made;
}
