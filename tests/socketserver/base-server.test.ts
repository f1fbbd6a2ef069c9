import assert from "node:assert/strict";
import { AsyncLocalStorage } from "node:async_hooks";
import { getEventListeners } from "node:events";
import { test } from "node:test";
import { inspect } from "node:util";
import {
  BaseRequestHandler,
  DisconnectedError,
  type InetAddress,
  StreamRequestHandler,
  TCPServer,
  ThreadingTCPServer,
} from "pyserve/socketserver";
import { closeAfter, deferred, serve, standardError, TCP_SERVERS, turns, until } from "../support/servers.js";
import { exchange, StreamClient } from "../support/stream-client.js";

const ANY_PORT: InetAddress = ["localhost", 0];

class Echo extends StreamRequestHandler {
  override async handle() {
    await this.wfile.write(await this.rfile.readline());
  }
}

/** A handler that reports its beginning, and waits for the test. */
function gated() {
  const begun: string[] = [];
  const ended: string[] = [];
  const gate = deferred();
  class Gated extends StreamRequestHandler {
    override async handle() {
      const line = (await this.rfile.readline()).toString().trim();
      begun.push(line);
      await gate.promise;
      await this.wfile.write(`${line} done\n`);
      ended.push(line);
    }
  }
  return { Gated, begun, ended, open: () => gate.resolve() };
}

for (const Server of TCP_SERVERS) {
  const name = Server.name;

  test(`${name}.handle_request serves one request and takes no other`, async (t) => {
    const server = closeAfter(t, new Server(ANY_PORT, Echo));
    const answers = ["one\n", "two\n"].map((line) => exchange(server.server_address, line));
    await server.handle_request();
    assert.equal(await answers[0], "one\n");
    await server.handle_request();
    assert.equal(await answers[1], "two\n");
  });

  for (const timeout of [0, 0.001, 0.02, -1]) {
    test(`${name}.handle_request calls handle_timeout after ${timeout} seconds without a request`, async (t) => {
      let timeouts = 0;
      class Timed extends Server {
        override handle_timeout() {
          timeouts++;
        }
      }
      const server = closeAfter(t, new Timed(ANY_PORT, Echo));
      server.timeout = timeout;
      await server.handle_request();
      assert.equal(timeouts, 1);
    });
  }

  for (const timeout of [30, Number.POSITIVE_INFINITY, 1e12]) {
    test(`${name}.handle_request waits less than a timeout of ${timeout} when a request comes`, async (t) => {
      class Timed extends Server {
        override handle_timeout() {
          assert.fail("a request came");
        }
      }
      const server = closeAfter(t, new Timed(ANY_PORT, Echo));
      server.timeout = timeout;
      const handled = server.handle_request();
      assert.equal(await exchange(server.server_address, "hello\n"), "hello\n");
      await handled;
    });
  }

  test(`${name}.handle_request with a timeout of 0 may be called in a loop of the application's own`, async (t) => {
    const server = closeAfter(t, new Server(ANY_PORT, Echo));
    server.timeout = 0;
    let answer: string | undefined;
    exchange(server.server_address, "polled\n").then((text) => {
      answer = text;
    });
    while (answer === undefined) await server.handle_request();
    assert.equal(answer, "polled\n");
  });

  test(`${name}.handle_request is ended by shutdown`, async (t) => {
    const server = closeAfter(t, new Server(ANY_PORT, Echo));
    const handled = server.handle_request();
    await turns();
    await server.shutdown();
    await handled;
  });

  test(`${name}.handle_request gives up on a client that went away, without a word`, async (t) => {
    const lines = standardError(t);
    class Vanishing extends Server {
      override get_request(): never {
        throw new DisconnectedError("gone");
      }
    }
    const server = closeAfter(t, new Vanishing(ANY_PORT, Echo));
    const client = await StreamClient.connect(server.server_address);
    await server.handle_request();
    assert.deepEqual(lines, []);
    client.socket.destroy();
  });

  test(`${name} calls service_actions each poll_interval, and after each request`, async (t) => {
    const calls: string[] = [];
    class Serviced extends Server {
      override service_actions() {
        calls.push("service");
      }
      override get_request() {
        calls.push("request");
        return super.get_request();
      }
    }
    const idle = serve(t, new Serviced(ANY_PORT, Echo), { poll_interval: 0.001 });
    await until(() => calls.length >= 3);
    assert.ok(!calls.includes("request"));
    await idle.server_close();

    calls.length = 0;
    const busy = serve(t, new Serviced(ANY_PORT, Echo), { poll_interval: 60 });
    for (const line of ["one\n", "two\n"]) await exchange(busy.server_address, line);
    await until(() => calls.length >= 4);
    assert.deepEqual(calls, ["request", "service", "request", "service"]);

    calls.length = 0;
    const once = closeAfter(t, new Serviced(ANY_PORT, Echo));
    const answer = exchange(once.server_address, "one\n");
    await once.handle_request();
    await answer;
    assert.deepEqual(calls, ["request"]);
  });

  for (const poll_interval of [Number.POSITIVE_INFINITY, 1e9, 60]) {
    test(`${name} does not spin with a poll_interval of ${poll_interval}`, async (t) => {
      t.mock.timers.enable({ apis: ["setTimeout"] });
      let calls = 0;
      class Serviced extends Server {
        override service_actions() {
          calls++;
        }
      }
      serve(t, new Serviced(ANY_PORT, Echo), { poll_interval });
      await turns();
      t.mock.timers.tick(59_999);
      await turns();
      assert.equal(calls, 0);
    });
  }

  for (const poll_interval of [0, -1, Number.NaN, "1s"]) {
    test(`${name}.serve_forever refuses a poll_interval of ${poll_interval}`, async (t) => {
      const server = closeAfter(t, new Server(ANY_PORT, Echo));
      const error = { name: "RangeError", message: new RegExp(`poll_interval.*${poll_interval}`) };
      if (typeof poll_interval === "number") await assert.rejects(server.serve_forever(poll_interval), error);
      await assert.rejects(server.serve_forever({ poll_interval: poll_interval as number }), error);
      assert.equal(server.is_closing, false);
    });
  }

  test(`${name}.serve_forever takes poll_interval by position, as in Python`, async (t) => {
    let calls = 0;
    class Serviced extends Server {
      override service_actions() {
        calls++;
      }
    }
    const server = closeAfter(t, new Serviced(ANY_PORT, Echo));
    const serving = server.serve_forever(0.001);
    await until(() => calls > 2);
    await server.shutdown();
    await serving;
  });

  test(`${name} is shut down at once, however long poll_interval is`, async (t) => {
    const server = closeAfter(t, new Server(ANY_PORT, Echo));
    const serving = server.serve_forever({ poll_interval: 1000 });
    await turns();
    await Promise.all([server.shutdown(), server.shutdown()]);
    await serving;
  });

  test(`${name}.shutdown before any serving does nothing to the next`, async (t) => {
    const server = new Server(ANY_PORT, Echo);
    await server.shutdown();
    await server.shutdown();
    serve(t, server);
    assert.equal(await exchange(server.server_address, "hello\n"), "hello\n");
  });

  test(`${name}.shutdown after a serving does nothing to the next`, async (t) => {
    const server = new Server(ANY_PORT, Echo);
    for (let round = 0; round < 3; round++) {
      const serving = server.serve_forever();
      assert.equal(await exchange(server.server_address, `${round}\n`), `${round}\n`);
      await server.shutdown();
      await serving;
      await server.shutdown();
    }
    serve(t, server);
    assert.equal(await exchange(server.server_address, "hello\n"), "hello\n");
  });

  test(`${name} serves later who comes while nothing serves`, async (t) => {
    const server = new Server(ANY_PORT, Echo);
    const before = exchange(server.server_address, "before\n");
    await turns();
    const serving = server.serve_forever();
    assert.equal(await before, "before\n");
    await server.shutdown();
    await serving;
    const between = ["b1\n", "b2\n"].map((line) => exchange(server.server_address, line));
    await turns();
    serve(t, server);
    assert.deepEqual(await Promise.all(between), ["b1\n", "b2\n"]);
  });

  for (const hook of ["get_request", "handle", "verify_request", "service_actions", "finish"] as const) {
    test(`${name}.shutdown may be called in ${hook}`, async (t) => {
      let calls = 0;
      const stop = async (server: { shutdown(): Promise<void> }, where: string) => {
        if (where === hook && calls++ === 0) await server.shutdown();
      };
      class Stopping extends Server {
        override async get_request() {
          await stop(this, "get_request");
          return super.get_request();
        }
        override async verify_request() {
          await stop(this, "verify_request");
          return true;
        }
        override async service_actions() {
          await stop(this, "service_actions");
        }
      }
      class StoppingEcho extends Echo {
        override async handle() {
          await stop(this.server, "handle");
          await super.handle();
        }
        override async finish() {
          await stop(this.server, "finish");
          await super.finish();
        }
      }
      const server = closeAfter(t, new Stopping(ANY_PORT, StoppingEcho));
      const serving = server.serve_forever();
      assert.equal(await exchange(server.server_address, "hello\n"), "hello\n");
      await serving;
    });
  }

  test(`${name}.shutdown may be called in handle_timeout, and waited for`, async (t) => {
    class Stopping extends Server {
      override handle_timeout() {
        return this.shutdown();
      }
    }
    const server = closeAfter(t, new Stopping(ANY_PORT, Echo));
    server.timeout = 0;
    await server.handle_request();
  });

  test(`${name}.shutdown ends handle_request before it takes a request that has come meanwhile`, async (t) => {
    const server = closeAfter(t, new Server(ANY_PORT, Echo));
    const answer = exchange(server.server_address, "later\n");
    const handled = server.handle_request();
    const stopped = server.shutdown();
    server.get_request = () => assert.fail("a request was taken");
    await Promise.all([handled, stopped]);
    server.get_request = Server.prototype.get_request;
    await server.handle_request();
    assert.equal(await answer, "later\n");
  });

  test(`${name} serves one serve_forever at a time`, async (t) => {
    const server = serve(t, new Server(ANY_PORT, Echo));
    for (const again of [() => server.serve_forever(), () => server.handle_request()]) {
      await assert.rejects(again, {
        name: "ServerError",
        code: "PYSERVE_SERVER_SERVING",
        message: /serving already/,
      });
    }
    assert.equal(await exchange(server.server_address, "hello\n"), "hello\n");
  });

  test(`${name} says that it is closed when it is to serve again`, async () => {
    const server = new Server(ANY_PORT, Echo);
    await server.server_close();
    for (const again of [() => server.serve_forever(), () => server.handle_request()]) {
      await assert.rejects(again, { name: "ServerError", code: "PYSERVE_SERVER_CLOSED", message: /closed/ });
    }
  });

  for (const limit of ["timeout", "drain_timeout", "linger_timeout", "stall_timeout"] as const) {
    for (const value of [Number.NaN, "5", undefined]) {
      test(`${name} does not serve with ${limit} = ${inspect(value)}, and says so`, async (t) => {
        const server = closeAfter(t, new Server(ANY_PORT, Echo));
        Object.assign(server, { [limit]: value });
        const least = limit === "timeout" ? "" : ", 0 or more";
        const message = `${name}.${limit} must be a number of seconds${least}, or null for no limit, not ${inspect(value)}.`;
        await assert.rejects(server.handle_request(), { name: "RangeError", message });
        await assert.rejects(server.serve_forever(), { name: "RangeError", message });
      });
    }
  }

  test(`${name}.serve_forever ends by an AbortSignal`, async (t) => {
    const server = closeAfter(t, new Server(ANY_PORT, Echo));
    const controller = new AbortController();
    const serving = server.serve_forever({ signal: controller.signal });
    assert.equal(await exchange(server.server_address, "hello\n"), "hello\n");
    controller.abort();
    await serving;
    assert.equal(getEventListeners(controller.signal, "abort").length, 0);
  });

  test(`${name}.serve_forever ends at once by a signal that was aborted before`, async (t) => {
    const server = new Server(ANY_PORT, Echo);
    const signal = AbortSignal.abort();
    await server.serve_forever({ signal });
    assert.equal(getEventListeners(signal, "abort").length, 0);
    serve(t, server);
    assert.equal(await exchange(server.server_address, "hello\n"), "hello\n");
  });

  test(`${name} is not ended by the signal of an earlier serving`, async (t) => {
    const server = new Server(ANY_PORT, Echo);
    const controller = new AbortController();
    const first = server.serve_forever({ signal: controller.signal });
    await server.shutdown();
    await first;
    serve(t, server);
    controller.abort();
    assert.equal(await exchange(server.server_address, "hello\n"), "hello\n");
  });

  test(`${name}.server_close asks each handler to come to an end`, async (t) => {
    const drained: string[] = [];
    class Idle extends StreamRequestHandler {
      readonly stop = deferred();
      override async handle() {
        await this.wfile.write("ready\n");
        await this.stop.promise;
        await this.wfile.write("bye\n");
      }
      override drain() {
        drained.push("drain");
        this.stop.resolve();
      }
    }
    const server = serve(t, new Server(ANY_PORT, Idle));
    const client = await StreamClient.connect(server.server_address);
    assert.equal(await client.read(6), "ready\n");
    await server.server_close();
    assert.deepEqual(drained, ["drain"]);
    assert.equal(await client.finish(), "bye\n");
  });

  test(`${name}.server_close asks a handler too that was still in setup`, async (t) => {
    const inSetup = deferred();
    const goOn = deferred();
    const calls: string[] = [];
    class Slow extends StreamRequestHandler {
      override async setup() {
        await super.setup();
        inSetup.resolve();
        await goOn.promise;
      }
      override handle() {
        calls.push("handle");
      }
      override drain() {
        calls.push("drain");
      }
    }
    const server = serve(t, new Server(ANY_PORT, Slow));
    const client = await StreamClient.connect(server.server_address);
    await inSetup.promise;
    const closing = server.server_close();
    await turns();
    assert.deepEqual(calls, [], "what drain may use is not there before setup is done");
    goOn.resolve();
    await closing;
    assert.deepEqual(calls, ["drain", "handle"]);
    client.socket.destroy();
  });

  test(`${name}.server_close reports a drain that fails, and goes on`, async (t) => {
    const lines = standardError(t);
    class Failing extends StreamRequestHandler {
      override async handle() {
        await this.wfile.write("ready\n");
        await this.wfile.write(await this.rfile.readline());
      }
      override drain() {
        throw new Error("on purpose");
      }
    }
    const server = serve(t, new Server(ANY_PORT, Failing));
    const client = await StreamClient.connect(server.server_address);
    assert.equal(await client.read(6), "ready\n");
    const closing = server.server_close();
    assert.equal(await client.finish("bye\n"), "bye\n");
    await closing;
    assert.equal(lines.length, 1);
    assert.match(lines[0] ?? "", /on purpose/);
  });

  for (const drain_timeout of [Number.POSITIVE_INFINITY, 1e9]) {
    test(`${name}.server_close gives requests the ${drain_timeout} seconds that drain_timeout says`, async (t) => {
      t.mock.timers.enable({ apis: ["setTimeout"] });
      const { Gated, begun, open } = gated();
      t.after(open);
      const server = serve(t, new Server(ANY_PORT, Gated));
      server.drain_timeout = drain_timeout;
      const answer = exchange(server.server_address, "patient\n");
      await until(() => begun.length === 1);
      const aborted = t.mock.method(server as unknown as { abort_request(): void }, "abort_request");
      const closing = server.server_close();
      await turns();
      t.mock.timers.tick(1_000_000_000);
      await turns();
      assert.equal(aborted.mock.callCount(), 0);
      open();
      assert.equal(await answer, "patient done\n");
      await closing;
    });
  }

  test(`${name}.server_close cuts off after drain_timeout`, async (t) => {
    const lines = standardError(t);
    const calls: string[] = [];
    class Stuck extends StreamRequestHandler {
      override async handle() {
        await this.wfile.write("ready\n");
        await this.rfile.read();
      }
      override finish() {
        calls.push("finish");
        return super.finish();
      }
    }
    const server = serve(t, new Server(ANY_PORT, Stuck));
    server.drain_timeout = 0.01;
    const client = await StreamClient.connect(server.server_address);
    await client.read(6);
    await server.server_close();
    assert.equal(await client.rest(), "");
    client.socket.destroy();
    assert.deepEqual(calls, ["finish"]);
    assert.deepEqual(lines, []);
  });

  test(`${name}.server_close does not wait for a handler that does not notice`, async (t) => {
    class Deaf extends StreamRequestHandler {
      override async handle() {
        await this.wfile.write("ready\n");
        await new Promise(() => {});
      }
    }
    const server = serve(t, new Server(ANY_PORT, Deaf));
    server.drain_timeout = 0.01;
    const client = await StreamClient.connect(server.server_address);
    await client.read(6);
    await server.server_close();
    assert.equal(await client.rest(), "");
    client.socket.destroy();
  });

  test(`${name} leaves no timer and no handle behind`, async () => {
    const server = new Server(ANY_PORT, Echo);
    const serving = server.serve_forever();
    assert.equal(await exchange(server.server_address, "hello\n"), "hello\n");
    await server.server_close();
    await serving;
    await until(() => resources().length === 0, "no resource to be left");
  });

  test(`${name} survives errors of its listening socket`, async (t) => {
    const server = serve(t, new Server(ANY_PORT, Echo));
    await exchange(server.server_address, "hello\n");
    for (let error = 0; error < 3; error++) server.socket.emit("error", new Error("accept EMFILE"));
    assert.equal(await exchange(server.server_address, "hello\n"), "hello\n");
  });
}

for (const Server of TCP_SERVERS) {
  test(`${Server.name} runs handlers in the context in which serving began`, async (t) => {
    const seen: unknown[] = [];
    const storage = new AsyncLocalStorage<string>();
    class Looking extends StreamRequestHandler {
      override async handle() {
        seen.push(storage.getStore());
        await this.wfile.write(await this.rfile.readline());
        seen.push(storage.getStore());
      }
    }
    const server = storage.run("made", () => new Server(ANY_PORT, Looking));
    storage.run("serving", () => serve(t, server));
    assert.equal(await exchange(server.server_address, "hello\n"), "hello\n");
    await until(() => seen.length === 2);
    assert.deepEqual(seen, ["serving", "serving"]);
  });
}

test("a server that was not bound says so", async (t) => {
  const server = closeAfter(t, new TCPServer(ANY_PORT, Echo, { bind_and_activate: false }));
  await assert.rejects(server.serve_forever(), /server_bind/);
  await assert.rejects(server.handle_request(), /server_bind/);
});

test("TCPServer.shutdown ends the loop at once, and lets the current request continue", async (t) => {
  const { Gated, begun, ended, open } = gated();
  const server = closeAfter(t, new TCPServer(ANY_PORT, Gated));
  const serving = server.serve_forever();
  const first = exchange(server.server_address, "first\n");
  await until(() => begun.length === 1);
  await server.shutdown();
  await serving;
  assert.deepEqual(ended, []);
  open();
  assert.equal(await first, "first done\n");
});

test("TCPServer serves one at a time across shutdowns too, and each request once", async (t) => {
  const lines = standardError(t);
  const { Gated, begun, open } = gated();
  const server = closeAfter(t, new TCPServer(ANY_PORT, Gated));
  const answers: Promise<string>[] = [];
  for (const line of ["first\n", "second\n", "third\n"]) {
    const serving = server.serve_forever();
    answers.push(exchange(server.server_address, line));
    await until(() => begun.length > 0);
    await turns(50);
    assert.deepEqual(begun, ["first"]);
    await server.shutdown();
    await serving;
  }
  const last = server.handle_request();
  await turns();
  assert.deepEqual(begun, ["first"]);
  open();
  assert.equal(await answers[0], "first done\n");
  assert.equal(await answers[1], "second done\n");
  await last;
  assert.deepEqual(begun, ["first", "second"]);
  serve(t, server);
  assert.equal(await answers[2], "third done\n");
  assert.deepEqual(lines, []);
});

test("`is_waiting_for` is true of the request that a serial server is at, and of no other", async (t) => {
  const seen: boolean[] = [];
  class Looking extends BaseRequestHandler<TCPServer> {
    override async handle() {
      const atOnce = this.server.is_waiting_for(this.request);
      await turns(2);
      seen.push(atOnce, this.server.is_waiting_for(this.request));
    }
  }
  for (const Server of [TCPServer, ThreadingTCPServer]) {
    await exchange(serve(t, new Server(ANY_PORT, Looking)).server_address, "hello\n");
  }
  assert.deepEqual(seen, [true, true, false, false]);
});

/** Returns the resources that keep the process alive, except those of the test runner. */
function resources(): string[] {
  return process.getActiveResourcesInfo().filter((name) => /TCP|Timeout|Immediate/.test(name));
}
