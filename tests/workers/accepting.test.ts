/** Threads that accept their own connections. */
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { connect } from "node:net";
import { type TestContext, test } from "node:test";
import {
  supportsAcceptInThreads,
  ThreadingTCPServer,
  ThreadingUDPServer,
  ThreadingUnixStreamServer,
  WorkerError,
} from "pyserve";
import {
  AcceptingThreads,
  Commands,
  errorsTold,
  Greeting,
  SlowlyVerifyingThreads,
} from "../fixtures/commands.js";
import { AcceptingHTTPServer, Pages } from "../fixtures/http.js";
import { trueTime } from "../support/clock.js";
import { get } from "../support/http.js";
import { closeAfter, leavesNothingOpen, PATIENCE, serve, turns, until } from "../support/servers.js";
import { StreamClient } from "../support/stream-client.js";
import { ANY_PORT, askOnce, Commander, errorsOf, failureOf, Gate, liveThreads } from "../support/workers.js";

class Accepting extends ThreadingTCPServer {
  static override max_threads = 2;
  static override accept_in_threads = true;
}

class AcceptingDatagrams extends ThreadingUDPServer {
  static override accept_in_threads = true;
}

class AcceptingPaths extends ThreadingUnixStreamServer {
  static override accept_in_threads = true;
}

const LONGEST_QUEUE = "/proc/sys/net/core/somaxconn";
const hasShortQueues =
  existsSync(LONGEST_QUEUE) && Number(readFileSync(LONGEST_QUEUE, "utf8")) >= 600
    ? false
    : "the system lets fewer connections wait";

test("accept_in_threads is false unless it is set", () => {
  assert.equal(ThreadingTCPServer.accept_in_threads, false);
});

test("accept_in_threads is refused for datagrams", () => {
  assert.throws(() => new AcceptingDatagrams(ANY_PORT, Commands as never), {
    name: "WorkerError",
    code: "PYSERVE_ACCEPT_NEEDS_PORT",
    message: /AcceptingDatagrams\.accept_in_threads: .*datagrams.*Set it to false/,
  });
});

test("accept_in_threads is refused for sockets in the file system", () => {
  assert.throws(() => new AcceptingPaths("/nowhere/at/all", Commands as never), {
    code: "PYSERVE_ACCEPT_NEEDS_PORT",
    message: /a socket in the file system/,
  });
});

if (!supportsAcceptInThreads()) {
  test("accept_in_threads reports what is missing if threads can't accept", () => {
    assert.throws(() => new Accepting(ANY_PORT, Commands), {
      name: "WorkerError",
      code: "PYSERVE_ACCEPT_UNSUPPORTED",
      message: /Accepting\.accept_in_threads: .*Node v\d.*Set it to false/,
    });
  });
} else {
  /** A server whose two threads accept. */
  const accepting = async (t: TestContext, settings: object = {}): Promise<AcceptingThreads> => {
    const server = serve(t, Object.assign(new AcceptingThreads(ANY_PORT, Commands), settings));
    await bothAccept(server);
    return server;
  };

  /** Resolves when this thread has no listening socket any more. */
  const bothAccept = async (server: AcceptingThreads): Promise<Set<unknown>> => {
    const threads = new Set<unknown>();
    // Until the second thread has started, the first one may serve any number of connections.
    for (const end = trueTime.now() + PATIENCE; threads.size < 2 && trueTime.now() < end; ) {
      const by = await askOnce(server, "server verifiedBy");
      if (by !== -1) threads.add(by);
    }
    assert.equal(threads.size, 2);
    return threads;
  };

  test("accept_in_threads is refused for an inherited socket", () => {
    assert.throws(() => new AcceptingThreads(ANY_PORT, Commands, { fd: 0 }), {
      code: "PYSERVE_ACCEPT_NEEDS_PORT",
      message: /an inherited socket/,
    });
  });

  test("accept_in_threads needs max_threads", async (t) => {
    const server = closeAfter(t, new AcceptingThreads(ANY_PORT, Commands));
    server.max_threads = 0;
    const error = await failureOf(server.serve_forever());
    assert.equal(error.message, "AcceptingThreads.accept_in_threads needs max_threads above 0.");
  });

  test("accept_in_threads must be static", async (t) => {
    const server = closeAfter(t, new ThreadingTCPServer(ANY_PORT, Commands));
    Object.assign(server, { max_threads: 2, accept_in_threads: true });
    assert.match((await failureOf(server.serve_forever())).message, /declare it static/);
  });

  test("connections are accepted, verified and served in the threads, which share one port", async (t) => {
    const server = serve(t, new AcceptingThreads(ANY_PORT, Commands));
    assert.notEqual(server.server_address[1], 0);
    const threads = await bothAccept(server);
    assert.ok(!threads.has(0));
    assert.equal(server.verifiedBy === -1 || server.verifiedBy === 0, true);
    assert.equal(server.fileno(), -1);
  });

  test("a port in use is an error in the constructor, even if the threads share it", (t) => {
    const first = closeAfter(t, new AcceptingThreads(ANY_PORT, Commands));
    assert.throws(() => new AcceptingThreads(first.server_address, Commands), { code: "EADDRINUSE" });
  });

  test("stats has the connections of all threads", async (t) => {
    const server = await accepting(t);
    const before = await server.stats();
    const commanders = await Promise.all(Array.from({ length: 6 }, () => Commander.connect(server)));
    for (const commander of commanders) await commander.ask("where");
    const { connections } = await server.stats();
    assert.equal(connections.accepted, before.connections.accepted + 6);
    assert.equal(connections.open, before.connections.open + 6);
    await Promise.all(commanders.map((commander) => commander.leave()));
  });

  test("connections that come before the server serves are served", async (t) => {
    const server = closeAfter(t, new AcceptingThreads(ANY_PORT, Commands));
    const early = await Commander.connect(server);
    serve(t, server);
    assert.match(String(await early.ask("where")), /^\d+\.[1-9]/);
    await early.leave();
  });

  test("handle_request serves a connection in a thread", async (t) => {
    const server = closeAfter(t, new AcceptingThreads(ANY_PORT, Commands));
    const handling = server.handle_request();
    assert.match(String(await askOnce(server, "where")), /^\d+\.[1-9]/);
    await handling;
  });

  test("after shutdown connections wait, and are served by the next serve_forever", async (t) => {
    const server = closeAfter(t, new AcceptingThreads(ANY_PORT, Commands));
    const serving = server.serve_forever();
    await bothAccept(server);
    await server.shutdown();
    await serving;
    const waiting = await Promise.all(Array.from({ length: 5 }, () => Commander.connect(server)));
    serve(t, server);
    for (const commander of waiting) {
      assert.match(String(await commander.ask("where")), /^\d+\.[1-9]/);
      await commander.leave();
    }
  });

  test("shutdown and server_close can be called by a handler", async (t) => {
    const server = new AcceptingThreads(ANY_PORT, Commands);
    t.after(() => server.server_close());
    const serving = server.serve_forever();
    await bothAccept(server);
    await askOnce(server, "shutdown");
    await serving;
    const again = server.serve_forever();
    await bothAccept(server);
    assert.equal(await askOnce(server, "close"), null);
    await again;
  });

  test("a thread that dies is reported to handle_error, and replaced by one that accepts", async (t) => {
    const server = await accepting(t);
    const victim = await Commander.connect(server);
    const place = await victim.ask("where");
    victim.tell("exit 7");
    await victim.ended();
    const [error] = await errorsOf(server, 1);
    assert.ok(error instanceof WorkerError);
    assert.equal(error.code, "PYSERVE_WORKER_DIED");
    assert.match(error.message, /exit code is 7.*are lost\. Another worker replaces it\.$/);
    await until(() => liveThreads.size === 2);
    for (const by of await bothAccept(server)) assert.notEqual(`${process.pid}.${by}`, place);
    assert.equal(errorsTold(server).length, 1);
  });

  test("server_close waits for the connections that threads have accepted, and aborts them after drain_timeout", async () => {
    for (const drain_timeout of [null, 0]) {
      const server = Object.assign(new AcceptingThreads(ANY_PORT, Commands), { drain_timeout });
      const serving = server.serve_forever();
      await bothAccept(server);
      const busy = await Commander.connect(server);
      await busy.ask("where");
      const closing = server.server_close();
      await turns();
      if (drain_timeout === null) {
        assert.notEqual(await busy.ask("where"), undefined);
        await busy.leave();
      } else await busy.ended();
      await closing;
      await serving;
      assert.equal(liveThreads.size, 0);
    }
  });

  test("an endless loop in a thread ends with the server", async () => {
    const server = Object.assign(new AcceptingThreads(ANY_PORT, Commands), { drain_timeout: 0 });
    const serving = server.serve_forever();
    await bothAccept(server);
    const endless = await Commander.connect(server);
    await endless.ask("where");
    endless.tell("spin");
    await server.server_close();
    await Promise.all([endless.ended(), serving]);
    assert.equal(liveThreads.size, 0);
  });

  test("server_close serves the connections still queued in the system", async () => {
    for (let round = 0; round < 5; round++) {
      const server = new AcceptingHTTPServer(ANY_PORT, Pages);
      server.drain_timeout = 60;
      const serving = server.serve_forever();
      await until(() => server.fileno() === -1);
      const clients = Array.from({ length: 100 }, () => {
        const client = connect(server.server_port, "127.0.0.1");
        client.write(get("/a", "Connection: close"));
        return client;
      });
      const replies = clients.map(async (client) => {
        let text = "";
        for await (const bytes of client) text += bytes;
        return text;
      });
      await Promise.all(clients.map((client) => new Promise((resolve) => client.once("connect", resolve))));
      await server.server_close();
      for (const reply of await Promise.all(replies)) assert.match(reply, /^HTTP\/1\.1 200 .*\/a$/s);
      await serving;
    }
  });

  test("of 3,000 connections none is lost, though the threads stop and begin again and again", async (t) => {
    const server = closeAfter(t, new AcceptingHTTPServer(ANY_PORT, Pages));
    let [left, answered, stops] = [3_000, 0, 0];
    const client = async () => {
      for (; left-- > 0; answered++) {
        const socket = connect(server.server_port, "127.0.0.1");
        socket.write(get("/a", "Connection: close"));
        let reply = "";
        for await (const bytes of socket) reply += bytes;
        assert.match(reply, /^HTTP\/1\.1 200 .*\/a$/s);
      }
    };
    const clients = Promise.all(Array.from({ length: 50 }, client));
    while (left > 0) {
      const serving = server.serve_forever();
      const before = answered;
      await until(() => server.fileno() === -1 && (answered > before || left <= 0));
      await server.shutdown();
      await serving;
      stops++;
    }
    serve(t, server);
    await clients;
    assert.equal(answered, 3_000);
    assert.ok(stops > 1, `${stops} stops`);
  });

  /** A server whose two threads accept. One of them computes until the gate is opened. */
  const oneComputes = async (t: TestContext) => {
    const gate = new Gate();
    t.after(() => gate.open());
    const server = closeAfter(t, new AcceptingThreads(ANY_PORT, Commands, { handler_args: gate.args }));
    const serving = server.serve_forever();
    await bothAccept(server);
    const computing = await Commander.connect(server);
    t.after(() => computing.client.reset());
    computing.tell("block");
    await until(() => gate.blocked === 1);
    return { gate, server, serving, computing };
  };

  /** Opens connections, and sends a command on each. Returns their answers. */
  const askAll = (server: AcceptingThreads, count: number): unknown[] => {
    const answers: unknown[] = [];
    for (let asked = 0; asked < count; asked++)
      askOnce(server, "where").then(
        (answer) => answers.push(answer),
        (error) => answers.push(error),
      );
    return answers;
  };

  test("a thread that computes while the server stops and begins twice accepts again", async (t) => {
    let { gate, server, serving, computing } = await oneComputes(t);
    for (let stops = 0; stops < 2; stops++) {
      await server.shutdown();
      await serving;
      serving = server.serve_forever();
      await until(() => server.fileno() === -1);
    }
    gate.open();
    assert.equal(await computing.ask("where"), null);
    await computing.leave();
    await bothAccept(server);
    const answers = askAll(server, 100);
    await until(() => answers.length === 100, "the answers to 100 connections");
    assert.ok(answers.every((answer) => /^\d+\.[1-9]/.test(String(answer))));
    assert.equal(server.fileno(), -1);
    const { connections } = await server.stats();
    assert.deepEqual([connections.open, connections.waiting], [0, 0]);
    await server.server_close();
    await serving;
    assert.deepEqual(errorsTold(server), []);
  });

  test("a server that closes while a thread computes serves the connections of the other thread", async (t) => {
    const { gate, server, serving, computing } = await oneComputes(t);
    const answers = askAll(server, 100);
    const closing = server.server_close();
    await until(() => answers.length > 0, "an answer");
    gate.open();
    await computing.leave();
    await closing;
    await serving;
    await until(() => answers.length === 100, "the answers to 100 connections");
    for (const answer of answers) assert.match(String(answer), /^\d+\.[1-9]/);
  });

  test("connections that wait in the system when the server closes are served, even if each turn is long", async (t) => {
    const gate = new Gate();
    t.after(() => gate.open());
    const server = new AcceptingThreads(ANY_PORT, Commands, { handler_args: gate.args });
    closeAfter(t, Object.assign(server, { max_threads: 1 }));
    const serving = server.serve_forever();
    await until(() => server.fileno() === -1);
    const computing = await Commander.connect(server);
    computing.tell("block");
    await until(() => gate.blocked === 1);
    const waiting = await Promise.all(Array.from({ length: 50 }, () => Commander.connect(server)));
    // As on a busy machine: much time passes between two looks at the clock.
    let now = performance.now();
    t.mock.method(performance, "now", () => {
      now += 100;
      return now;
    });
    const closing = server.server_close();
    gate.open();
    const answers = await Promise.all(waiting.map((commander) => commander.ask("where").catch(String)));
    await Promise.all([computing, ...waiting].map((commander) => commander.leave().catch(String)));
    await closing;
    await serving;
    for (const answer of answers) assert.match(String(answer), /^\d+\.[1-9]/);
  });

  test("request_queue_size connections can wait for a thread", { skip: hasShortQueues }, async (t) => {
    const gate = new Gate();
    t.after(() => gate.open());
    const server = new AcceptingThreads(ANY_PORT, Commands, { handler_args: gate.args });
    serve(t, Object.assign(server, { max_threads: 1 }));
    await until(() => server.fileno() === -1);
    const computing = await Commander.connect(server);
    computing.tell("block");
    await until(() => gate.blocked === 1);
    const waiting = await Promise.all(Array.from({ length: 600 }, () => Commander.connect(server)));
    for (const { client } of [computing, ...waiting]) client.reset();
  });

  test("connections that a thread has accepted are verified and served when the server closes", async () => {
    const server = new SlowlyVerifyingThreads(ANY_PORT, Greeting);
    const serving = server.serve_forever();
    await until(() => server.fileno() === -1);
    const clients = await Promise.all(
      Array.from({ length: 15 }, () => StreamClient.connect(server.server_address)),
    );
    for (const client of clients) client.end();
    await server.server_close();
    for (const client of clients) assert.equal(await client.rest(), "hello");
    await serving;
  });

  test("connections that come between a stop and the start of the second thread are counted once", async (t) => {
    const server = closeAfter(t, new AcceptingThreads(ANY_PORT, Commands));
    const serving = server.serve_forever();
    // Only the first thread accepts. The second one is still starting.
    await until(() => server.fileno() === -1);
    await server.shutdown();
    await serving;
    const waiting = await Promise.all(Array.from({ length: 20 }, () => Commander.connect(server)));
    serve(t, server);
    for (const commander of waiting) {
      assert.match(String(await commander.ask("where")), /^\d+\.[1-9]/);
      await commander.leave();
    }
    await until(() => liveThreads.size === 2);
    const { connections } = await server.stats();
    assert.deepEqual(connections, { open: 0, waiting: 0, accepted: 20, refused: 0 });
  });

  test("threads that accept leave nothing open", async () => {
    const cycle = async () => {
      const server = new AcceptingThreads(ANY_PORT, Commands);
      const serving = server.serve_forever();
      await bothAccept(server);
      await server.server_close();
      await serving;
      assert.equal(liveThreads.size, 0);
    };
    await cycle();
    await leavesNothingOpen(cycle);
  });
}
