/** The end of a server is the same on the calling thread, in threads and in processes. */
import assert from "node:assert/strict";
import { connect } from "node:net";
import { test } from "node:test";
import { canTransferSockets } from "#src/workers/socket-transfer.js";
import { Commands, errorsTold } from "../fixtures/commands.js";
import { Pages, ProcessesHTTPServer, TasksHTTPServer, ThreadsHTTPServer } from "../fixtures/http.js";
import { get, RawClient, request } from "../support/http.js";
import { leavesNothingOpen, serve, turns, until } from "../support/servers.js";
import { StreamClient } from "../support/stream-client.js";
import {
  ANY_PORT,
  askOnce,
  Commander,
  isAlive,
  KINDS,
  liveThreads,
  serveCommands,
} from "../support/workers.js";

const HTTP_KINDS = [
  ["tasks", TasksHTTPServer],
  ...(canTransferSockets() ? [["threads", ThreadsHTTPServer] as const] : []),
  ["processes", ProcessesHTTPServer],
] as const;

async function rawClient(server: { readonly server_address: readonly [string, number] }): Promise<RawClient> {
  return new RawClient((await StreamClient.connect(server.server_address)).socket);
}

for (const [kind, Server] of HTTP_KINDS) {
  test(`${kind}: a connection goes on after a reply`, async (t) => {
    const server = serve(t, new Server(ANY_PORT, Pages));
    const client = await rawClient(server);
    for (const path of ["/a", "/b"]) assert.equal((await client.send(get(path)).reply()).content, path);
    client.socket.destroy();
  });

  test(`${kind}: server_close lets requests finish, which say that the connection ends, and closes idle ones at once`, async (t) => {
    const server = serve(t, new Server(ANY_PORT, Pages, {}));
    server.drain_timeout = null;
    const [idle, fresh, busy] = [await rawClient(server), await rawClient(server), await rawClient(server)];
    await idle.send(get("/")).reply();
    await busy.send(get("/")).reply();
    busy.send(request("POST", "/", ["Content-Length: 6", "Expect: 100-continue"], ""));
    assert.match(await busy.line(), / 100 /);
    assert.equal(await busy.line(), "");
    const closing = server.server_close();
    await idle.assertEnd();
    await fresh.assertEnd();
    const reply = await busy.send("abcdef").reply();
    assert.equal(reply.content, "abcdef");
    assert.equal(reply.fields.connection, "close");
    await busy.assertEnd();
    await closing;
  });

  test(`${kind}: no request is lost on connections that are in use when the server closes; the last reply says that they end`, async (t) => {
    const server = serve(t, new Server(ANY_PORT, Pages));
    server.drain_timeout = 60; // Starting a process may take long.
    const [used, fresh] = [await rawClient(server), await rawClient(server)];
    await used.send(get("/")).reply();
    const closing = server.server_close();
    const ask = async (client: RawClient) => {
      let isLast = false;
      for (let count = 0; count < 1000 && !isLast; count++) {
        const reply = await client.send(get(`/${count}`)).reply();
        assert.equal(reply.content, `/${count}`);
        isLast = reply.fields.connection === "close";
      }
      assert.ok(isLast);
      await client.assertEnd();
    };
    await Promise.all([ask(used), ask(fresh)]);
    await closing;
  });

  test(`${kind}: connections that the system has and the server has not taken are served by server_close`, async (t) => {
    const server = serve(t, new Server(ANY_PORT, Pages));
    server.drain_timeout = 60; // Starting a process may take long.
    await (await rawClient(server)).send(request("GET", "/", ["Connection: close"])).reply();
    const [host, port] = server.server_address;
    // The system connects them at once, and the event loop notices it later.
    const clients = Array.from(
      { length: kind === "processes" ? 4 : 20 },
      () => new RawClient(connect({ host, port })),
    );
    const closing = server.server_close();
    for (const [index, client] of clients.entries()) client.send(get(`/${index}`));
    for (const [index, client] of clients.entries())
      assert.equal((await client.reply()).content, `/${index}`);
    for (const client of clients) client.socket.destroy();
    await closing;
  });

  for (const path of kind === "tasks" ? [] : ["/throw", "/exit"]) {
    test(`${kind}: a reply that only the end of its connection delimits is reset where its worker dies: POST ${path}`, async (t) => {
      const server = serve(t, new Server(ANY_PORT, Pages));
      const client = await StreamClient.connect(server.server_address);
      client.send(`POST ${path} HTTP/1.0\r\nContent-Length: 1\r\n\r\n`);
      // Node 20 treats a reset as an end if it arrives with unread data.
      for (let text = ""; !text.endsWith("a beginning"); text += await client.read(1))
        assert.ok(text.length < 1000);
      client.send("x");
      assert.equal(await client.rest(), "");
      assert.equal(client.error?.code, "ECONNRESET");
    });
  }

  test(`${kind}: a reply that only the end of its connection delimits is reset after drain_timeout`, async (t) => {
    const server = serve(t, new Server(ANY_PORT, Pages));
    server.drain_timeout = 0.05;
    const client = await StreamClient.connect(server.server_address);
    client.send("POST /hang HTTP/1.0\r\nContent-Length: 1\r\n\r\nx");
    for (let text = ""; !text.endsWith("a beginning"); text += await client.read(1))
      assert.ok(text.length < 1000);
    await server.server_close();
    assert.equal(await client.rest(), "");
    assert.equal(client.error?.code, "ECONNRESET");
  });

  for (const [what, bytes] of Object.entries({
    "a download that its client does not take": get("/large"),
    "half a head": "GET / HTTP/1.1\r\nHost:",
    "half a body": request("POST", "/", ["Content-Length: 6"], "abc"),
  })) {
    test(`${kind}: ${what} is reset after drain_timeout`, async () => {
      await leavesNothingOpen(async () => {
        const server = new Server(ANY_PORT, Pages);
        server.drain_timeout = 0.05;
        const serving = server.serve_forever();
        const stalled = await rawClient(server);
        await stalled.send(get("/")).reply();
        stalled.socket.pause();
        stalled.send(bytes);
        await turns();
        await server.server_close();
        await serving;
        stalled.socket.resume();
        await until(() => stalled.isEnded, "the end of the connection");
        stalled.socket.destroy();
      });
      assert.equal(liveThreads.size, 0);
    });
  }
}

for (const [kind, Server] of KINDS) {
  test(`${kind}: shutdown from a handler in a worker ends the serving, and the handler goes on`, async () => {
    const server = new Server(ANY_PORT, Commands);
    const serving = server.serve_forever();
    const commander = await Commander.connect(server);
    assert.equal(await commander.ask("shutdown"), null);
    await serving;
    assert.notEqual(await commander.ask("where"), undefined);
    await commander.leave();
    await server.server_close();
  });

  test(`${kind}: server_close from a handler in a worker closes the server`, async () => {
    const server = new Server(ANY_PORT, Commands);
    const serving = server.serve_forever();
    const commander = await Commander.connect(server);
    assert.equal(await commander.ask("close"), null);
    await serving;
    assert.equal(server.is_closing, true);
    await commander.leave();
    await server.server_close();
    assert.equal(liveThreads.size, 0);
  });

  test(`${kind}: what a method throws that a handler calls, the handler is told`, async () => {
    const server = new Server(ANY_PORT, Commands);
    const serving = server.serve_forever();
    await askOnce(server, "where");
    const { server_close } = server;
    const failing = () => Promise.reject(new RangeError("on purpose"));
    Object.defineProperty(server, "server_close", { value: failing });
    assert.equal(await askOnce(server, "close_and_wait"), "RangeError: on purpose");
    await server_close.call(server);
    await serving;
  });

  test(`${kind}: a caller in a worker that dies meanwhile is no trouble`, async (t) => {
    const server = serveCommands(t, Server);
    const commander = await Commander.connect(server);
    const called = new Promise<void>((resolve) => {
      const hanging = async () => resolve();
      Object.defineProperty(server, "shutdown", { value: hanging, configurable: true });
    });
    commander.tell("shutdown");
    commander.tell("exit 0");
    await called;
    Reflect.deleteProperty(server, "shutdown");
    await commander.ended();
    await until(() => errorsTold(server).length === 1);
    assert.notEqual(await askOnce(server, "where"), undefined);
  });

  test(`${kind}: server_close ends all workers`, async () => {
    const server = new Server(ANY_PORT, Commands);
    const serving = server.serve_forever();
    const commanders = await Promise.all([1, 2].map(() => Commander.connect(server)));
    const places = await Promise.all(commanders.map((commander) => commander.ask("where")));
    await Promise.all(commanders.map((commander) => commander.leave()));
    await server.server_close();
    await serving;
    assert.equal(liveThreads.size, 0);
    for (const pid of places.map((place) => Number.parseInt(String(place), 10)))
      assert.equal(isAlive(pid), pid === process.pid);
    assert.deepEqual(errorsTold(server), []);
  });

  test(`${kind}: server_close waits until all of a reply is sent that nobody has waited for`, async () => {
    const server = new Server(ANY_PORT, Commands);
    const serving = server.serve_forever();
    const length = 8 * 1024 * 1024;
    const client = await StreamClient.connect(server.server_address);
    client.socket.pause();
    client.end(`large ${length}\n`);
    await until(() => server.active() === 1);
    const closing = server.server_close();
    await turns();
    client.socket.resume();
    assert.equal((await client.rest()).length, length + "null\n".length);
    await closing;
    await serving;
  });

  test(`${kind}: a worker that is still starting is ended by server_close`, async () => {
    const server = new Server(ANY_PORT, Commands);
    const serving = server.serve_forever();
    await turns(3);
    await server.server_close();
    await serving;
    assert.equal(liveThreads.size, 0);
  });

  test(`${kind}: server_close at once after serve_forever starts no worker`, async () => {
    const server = new Server(ANY_PORT, Commands);
    const serving = server.serve_forever();
    await server.server_close();
    await serving;
    await turns();
    assert.equal(liveThreads.size, 0);
  });

  test(`${kind}: a connection that comes with the end of the server is closed`, async () => {
    for (let round = 0; round < 10; round++) {
      const server = new Server(ANY_PORT, Commands);
      const serving = server.serve_forever();
      await until(() => server.server_address[1] !== 0);
      const clients = await Promise.all(Array.from({ length: 5 }, () => Commander.connect(server)));
      await turns(round);
      const closing = server.server_close();
      await Promise.all(clients.map((client) => client.leave()));
      await closing;
      await serving;
    }
    assert.equal(liveThreads.size, 0);
  });

  test(`${kind}: with block_on_close at false server_close does not wait, and the connections go on`, async () => {
    const server = Object.assign(new Server(ANY_PORT, Commands), { block_on_close: false });
    const serving = server.serve_forever();
    const commander = await Commander.connect(server);
    const place = await commander.ask("where");
    await server.server_close();
    await serving;
    assert.equal(await commander.ask("where"), place);
    await commander.leave();
    await until(() => liveThreads.size === 0, "the thread to end when it is done");
    const pid = Number.parseInt(String(place), 10);
    await until(() => pid === process.pid || !isAlive(pid), "the process to end when it is done");
  });
}
