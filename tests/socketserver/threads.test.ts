/** ThreadingMixIn with max_threads above 0. */
import assert from "node:assert/strict";
import type { Socket } from "node:net";
import { test } from "node:test";
import { inspect } from "node:util";
import {
  ThreadingMixIn,
  ThreadingTCPServer,
  ThreadingUDPServer,
  ThreadingUnixStreamServer,
  UDPServer,
  WorkerError,
} from "pyserve/socketserver";
import { canTransferSockets } from "#src/workers/socket-transfer.js";
import { Commands, errorsTold, Threads } from "../fixtures/commands.js";
import { Child } from "../support/child.js";
import { serve, turns, until } from "../support/servers.js";
import {
  ANY_PORT,
  askOnce,
  Commander,
  failureOf,
  liveThreads,
  serveCommands,
  stopClock,
} from "../support/workers.js";

class Datagrams extends ThreadingMixIn(UDPServer) {
  static override max_threads = 1;
}

class Paths extends ThreadingUnixStreamServer {
  static override max_threads = 1;
}

for (const value of [-1, 1.5, Number.NaN, "2"]) {
  test(`max_threads refuses ${JSON.stringify(value)}`, () => {
    class Odd extends ThreadingTCPServer {
      static override max_threads = value as number;
    }
    assert.throws(() => new Odd(ANY_PORT, Commands), {
      name: "RangeError",
      message: `Odd.max_threads must be a whole number of 0 or more, not ${inspect(value)}.`,
    });
  });
}

test("max_threads is refused for datagrams", () => {
  assert.throws(() => new Datagrams(ANY_PORT, Commands as never), {
    name: "WorkerError",
    code: "PYSERVE_THREADS_NEED_TCP",
    message: /Datagrams\.max_threads.*set it to 0/,
  });
});

test("max_threads is refused for sockets in the file system", () => {
  assert.throws(
    () => new Paths("/nowhere/at/all", Commands as never),
    (error: unknown) => {
      // Some versions of Node report before the check that the path can't be bound.
      const { code } = error as WorkerError;
      return ["PYSERVE_THREADS_NEED_TCP", "ENOENT", "EACCES"].includes(code);
    },
  );
  const unbound = new Paths("/nowhere/at/all", Commands as never, { bind_and_activate: false });
  assert.throws(() => unbound.server_activate(), { code: "PYSERVE_THREADS_NEED_TCP" });
});

test("max_threads is 0 unless it is set, and the requests are tasks", async (t) => {
  assert.equal(ThreadingTCPServer.max_threads, 0);
  assert.equal(ThreadingUDPServer.max_threads, 0);
  const server = serve(t, new ThreadingTCPServer(ANY_PORT, Commands));
  assert.equal(await askOnce(server, "where"), `${process.pid}.0`);
});

if (!canTransferSockets()) {
  test("a static max_threads reports what Node lacks if it can't hand a connection to a thread", () => {
    assert.throws(() => new Threads(ANY_PORT, Commands), {
      name: "WorkerError",
      code: "PYSERVE_THREADS_UNSUPPORTED",
      message: /Threads\.max_threads: Node v\d.* can't hand a connection to a thread.*set it to 0/,
    });
  });

  test("max_threads assigned later reports what Node lacks if it can't hand a connection to a thread", async () => {
    const server = new ThreadingTCPServer(ANY_PORT, Commands);
    server.max_threads = 2;
    const error = await failureOf(server.serve_forever());
    assert.ok(error instanceof WorkerError);
    assert.equal(error.code, "PYSERVE_THREADS_UNSUPPORTED");
    await server.server_close();
  });
} else {
  const THREE = { max_threads: 3 };

  test("requests are served by other threads of this process", async (t) => {
    const server = serveCommands(t, Threads);
    const [pid, thread] = String(await askOnce(server, "where")).split(".");
    assert.equal(Number(pid), process.pid);
    assert.ok(Number(thread) > 0);
  });

  test("threads are started as connections need them, and no more than max_threads", async (t) => {
    const server = serveCommands(t, Threads, THREE);
    const commanders: Commander[] = [];
    const counts: number[] = [];
    for (let count = 0; count < 5; count++) {
      const commander = await Commander.connect(server);
      await commander.ask("where");
      commanders.push(commander);
      counts.push(liveThreads.size);
    }
    assert.deepEqual(counts, [1, 2, 3, 3, 3]);
    await Promise.all(commanders.map((commander) => commander.leave()));
  });

  test("a thread is kept for the next connection", async (t) => {
    stopClock(t);
    const server = serveCommands(t, Threads, THREE) as Threads;
    const places = new Set<unknown>();
    for (let round = 0; round < 10; round++) {
      places.add(await askOnce(server, "where"));
      await until(() => server.active() === 0);
    }
    assert.equal(places.size, 1);
    assert.equal(liveThreads.size, 1);
  });

  test("a connection goes to the thread that serves the fewest", async (t) => {
    stopClock(t);
    const server = serveCommands(t, Threads, THREE) as Threads;
    const commanders = await Promise.all(Array.from({ length: 9 }, () => Commander.connect(server)));
    const places = await Promise.all(commanders.map((commander) => commander.ask("where")));
    assert.deepEqual(loads(places), [3, 3, 3]);
    // All connections of one thread end: the next three go there.
    const [idle] = places;
    const leaving = commanders.filter((_, index) => places[index] === idle);
    await Promise.all(leaving.map((commander) => commander.leave()));
    await until(() => server.active() === 6);
    const next = await Promise.all([1, 2, 3].map(() => Commander.connect(server)));
    for (const commander of next) assert.equal(await commander.ask("where"), idle);
    const staying = commanders.filter((_, index) => places[index] !== idle);
    await Promise.all([...next, ...staying].map((commander) => commander.leave()));
  });

  test("a connection does not go to a thread that computes, although that has fewer", async (t) => {
    const server = serveCommands(t, Threads, { drain_timeout: 0 }) as Threads;
    const [endless, other] = [await Commander.connect(server), await Commander.connect(server)];
    const [, place] = [await endless.ask("where"), await other.ask("where")];
    endless.tell("spin");
    // After a second without a sign it gets none, even if the other thread is delayed for a moment.
    const later = performance.now() + 1000;
    await until(() => performance.now() > later);
    const commanders = await Promise.all([1, 2, 3].map(() => Commander.connect(server)));
    for (const commander of commanders) assert.equal(await commander.ask("where"), place);
    await Promise.all([other, ...commanders].map((commander) => commander.leave()));
  });

  test("many connections at the same time are all served", async (t) => {
    const server = serveCommands(t, Threads);
    const answers = await Promise.all(Array.from({ length: 200 }, () => askOnce(server, "where")));
    assert.ok(answers.every((answer) => typeof answer === "string"));
    assert.ok(new Set(answers).size <= 2);
  });

  test("max_threads may be assigned to the instance, before it serves", async (t) => {
    const server = serve(t, new ThreadingTCPServer(ANY_PORT, Commands));
    // serve_forever has been called, and begins with the next turn.
    server.max_threads = 1;
    await turns(1);
    const place = await askOnce(server, "where");
    assert.ok(String(place).startsWith(`${process.pid}.`));
  });

  test("handle_request hands one connection over", async () => {
    const server = new Threads(ANY_PORT, Commands);
    await until(() => server.server_address[1] !== 0);
    for (let round = 0; round < 3; round++) {
      const commander = await Commander.connect(server);
      await server.handle_request();
      assert.notEqual(await commander.ask("where"), `${process.pid}.0`);
      await commander.leave();
    }
    await server.server_close();
    assert.equal(liveThreads.size, 0);
  });

  test("verify_request runs on the accepting thread, and a refused connection reaches no other", async (t) => {
    const seen: number[] = [];
    const server = serveCommands(t, Threads);
    server.verify_request = (_request, [, port]) => seen.push(port) % 2 === 0;
    // Its own function would have to be copied.
    Object.defineProperty(server, "verify_request", { enumerable: false });
    assert.equal(await askOnce(server, "where"), undefined);
    assert.notEqual(await askOnce(server, "where"), undefined);
    assert.equal(seen.length, 2);
  });

  test("process_request may keep a connection on the accepting thread", async (t) => {
    const server = serveCommands(t, Threads);
    Object.defineProperty(server, "process_request", {
      value: async (request: Socket, client_address: readonly [string, number]) => {
        await server.finish_request(request, client_address);
        await server.shutdown_request(request);
      },
    });
    assert.equal(await askOnce(server, "where"), `${process.pid}.0`);
  });

  test("a connection already read from can't be handed over: handle_error is called, and it is closed", async (t) => {
    const server = serveCommands(t, Threads);
    const read = (request: Socket) =>
      new Promise<boolean>((resolve) => {
        request.once("data", () => resolve(true));
        request.resume();
      });
    Object.defineProperty(server, "verify_request", { value: read });
    assert.equal(await askOnce(server, "where"), undefined);
    assert.match(String(errorsTold(server)), /transfer/i);
    assert.equal(errorsTold(server).length, 1);
  });

  test("a client that resets its connection before it is handed over costs nothing", async (t) => {
    const server = serveCommands(t, Threads) as Threads;
    await askOnce(server, "where");
    for (let round = 0; round < 20; round++) (await Commander.connect(server)).client.reset();
    assert.notEqual(await askOnce(server, "where"), undefined);
    await until(() => server.active() === 0);
    assert.deepEqual(errorsTold(server), []);
  });

  test("daemon_threads neither hold up server_close nor keep the process alive", async (t) => {
    const child = new Child(
      t,
      `import { Commands, Threads } from ${JSON.stringify(new URL("../fixtures/commands.js", import.meta.url).href)};
       const server = new Threads(["127.0.0.1", 0], Commands);
       server.daemon_threads = true;
       const serving = server.serve_forever();
       await new Promise((resolve) => setImmediate(resolve));
       console.log(server.server_address[1]);
       await serving;
       await server.server_close();
       console.log("closed");`,
    );
    await until(
      () => child.output.includes("\n") || child.process.exitCode !== null,
      "the child's first line",
    );
    const address = { server_address: ["127.0.0.1", Number.parseInt(child.output, 10)] as const };
    const commander = await Commander.connect(address);
    assert.notEqual(await commander.ask("where"), undefined, child.errors);
    // The program may have ended before this is answered.
    commander.tell("shutdown");
    assert.equal(await child.end(), 0, child.errors);
    assert.match(child.output, /closed/);
    await commander.ended();
  });

  test("daemon_threads go on after server_close, until their connections end", async () => {
    const server = Object.assign(new Threads(ANY_PORT, Commands), { daemon_threads: true });
    const serving = server.serve_forever();
    const commander = await Commander.connect(server);
    const place = await commander.ask("where");
    await server.server_close();
    await serving;
    assert.equal(await commander.ask("where"), place);
    await commander.leave();
    await until(() => liveThreads.size === 0);
  });

  function loads(places: readonly unknown[]): number[] {
    const counts = new Map<unknown, number>();
    for (const place of places) counts.set(place, (counts.get(place) ?? 0) + 1);
    return [...counts.values()].sort();
  }
}
