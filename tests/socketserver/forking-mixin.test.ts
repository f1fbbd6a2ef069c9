import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import {
  ForkingMixIn,
  ForkingTCPServer,
  ForkingUnixStreamServer,
  TCPServer,
  UDPServer,
} from "pyserve/socketserver";
import { Commands, errorsTold, Processes } from "../fixtures/commands.js";
import { Child } from "../support/child.js";
import { answerWhen, closeAfter, serve, turns, until } from "../support/servers.js";
import { exchange, StreamClient } from "../support/stream-client.js";
import { ANY_PORT, askOnce, Commander, isAlive, serveCommands } from "../support/workers.js";

const COMMANDS = JSON.stringify(new URL("../fixtures/commands.js", import.meta.url).href);

/** The number of the process in an answer to `where`. */
function pidOf(place: unknown): number {
  return Number.parseInt(String(place), 10);
}

test("ForkingMixIn returns a class that extends its base", () => {
  assert.ok(ForkingTCPServer.prototype instanceof TCPServer);
  assert.equal(ForkingTCPServer.name, "ForkingTCPServer");
});

test("ForkingMixIn has Python's settings", () => {
  const { timeout, max_children, block_on_close } = ForkingTCPServer;
  assert.deepEqual(
    { timeout, max_children, block_on_close },
    { timeout: 300, max_children: 40, block_on_close: true },
  );
  assert.equal(TCPServer.timeout, null);
});

for (const value of [0, -1, 1.5, Number.NaN, "2"]) {
  test(`max_children refuses ${JSON.stringify(value)}`, () => {
    class Odd extends ForkingTCPServer {
      static module = import.meta.url;
      static override max_children = value as number;
    }
    assert.throws(() => new Odd(ANY_PORT, Commands), { name: "RangeError", message: /max_children .* not / });
  });
}

test("ForkingMixIn refuses datagrams", () => {
  class Datagrams extends ForkingMixIn(UDPServer) {}
  assert.throws(() => new Datagrams(ANY_PORT, Commands as never), {
    name: "WorkerError",
    code: "PYSERVE_PROCESSES_NEED_CONNECTIONS",
    message: /Datagrams/,
  });
});

test("ForkingTCPServer serves in another process, which is used again", async (t) => {
  const server = serveCommands(t, Processes) as Processes;
  const pids = new Set<number>();
  for (let round = 0; round < 5; round++) {
    pids.add(pidOf(await askOnce(server, "where")));
    await until(() => server.active() === 0);
  }
  assert.equal(pids.size, 1);
  assert.ok(!pids.has(process.pid));
});

test("each child serves one connection at a time", async (t) => {
  const server = serveCommands(t, Processes) as Processes;
  const [one, two] = [await Commander.connect(server), await Commander.connect(server)];
  assert.notEqual(await one.ask("where"), await two.ask("where"));
  await Promise.all([one.leave(), two.leave()]);
});

test("max_children makes the loop wait", async (t) => {
  let handed = 0;
  const server = serveCommands(t, Processes) as Processes;
  const { verify_request } = server;
  Object.defineProperty(server, "verify_request", {
    value: (...args: Parameters<typeof verify_request>) => {
      handed++;
      return verify_request.apply(server, args);
    },
  });
  const commanders = await Promise.all([1, 2, 3, 4].map(() => Commander.connect(server)));
  const [one, two] = commanders;
  assert.ok(one && two);
  await Promise.all([one.ask("where"), two.ask("where")]);
  await until(() => handed === 3);
  await turns();
  // The third is accepted and waits; the fourth waits in the queue.
  assert.equal(handed, 3);
  assert.equal(server.active_children?.size, 2);
  await one.leave();
  assert.notEqual(await commanders[2]?.ask("where"), undefined);
  assert.equal(handed, 4);
  await commanders[2]?.leave();
  assert.notEqual(await commanders[3]?.ask("where"), undefined);
  await Promise.all([two.leave(), commanders[3]?.leave()]);
});

test("max_children may be raised while it serves", async (t) => {
  const server = serveCommands(t, Processes, { max_children: 1 }) as Processes;
  const one = await Commander.connect(server);
  await one.ask("where");
  server.max_children = 2;
  const two = await Commander.connect(server);
  assert.notEqual(await two.ask("where"), undefined);
  await Promise.all([one.leave(), two.leave()]);
});

test("shutdown ends a loop that waits for a child, and the waiting connection is served", async () => {
  const server = Object.assign(new Processes(ANY_PORT, Commands), { max_children: 1 });
  const serving = server.serve_forever();
  const one = await Commander.connect(server);
  await one.ask("where");
  const two = await Commander.connect(server);
  await until(() => server.active() === 2);
  await server.shutdown();
  await serving;
  await one.leave();
  assert.notEqual(await two.ask("where"), undefined);
  await two.leave();
  await server.server_close();
});

test("a connection that waits for a child is closed with the server", async () => {
  const server = Object.assign(new Processes(ANY_PORT, Commands), { max_children: 1, drain_timeout: 0.05 });
  const serving = server.serve_forever();
  const one = await Commander.connect(server);
  await one.ask("where");
  const two = await Commander.connect(server);
  await until(() => server.active() === 2);
  await server.server_close();
  await serving;
  await Promise.all([one.ended(), two.ended()]);
});

test("active_children are the processes that serve, and null before there were any", async (t) => {
  const server = closeAfter(t, new Processes(ANY_PORT, Commands));
  assert.equal(server.active_children, null);
  const serving = serve(t, server);
  const commander = await Commander.connect(serving);
  const pid = pidOf(await commander.ask("where"));
  assert.deepEqual([...(server.active_children ?? [])], [pid]);
  await commander.leave();
  await until(() => server.active_children?.size === 0);
});

test("collect_children waits when it is told to block", async (t) => {
  const server = serveCommands(t, Processes) as Processes;
  await server.collect_children({ blocking: true });
  const commander = await Commander.connect(server);
  await commander.ask("where");
  await server.collect_children();
  let collected = false;
  const collecting = server.collect_children({ blocking: true }).then(() => {
    collected = true;
  });
  await turns();
  assert.equal(collected, false);
  await commander.leave();
  await collecting;
  assert.equal(server.active_children?.size, 0);
});

test("handle_timeout and service_actions collect children", async () => {
  const server = new Processes(ANY_PORT, Commands);
  let collected = 0;
  Object.defineProperty(server, "collect_children", { value: async () => void collected++ });
  server.timeout = 0.01;
  await server.handle_request();
  assert.equal(collected, 1);
  const serving = server.serve_forever({ poll_interval: 0.001 });
  await until(() => collected > 1);
  await server.server_close();
  await serving;
});

test("handle_request hands one connection over", async () => {
  const server = new Processes(ANY_PORT, Commands);
  await until(() => server.server_address[1] !== 0);
  const commander = await Commander.connect(server);
  await server.handle_request();
  assert.notEqual(pidOf(await commander.ask("where")), process.pid);
  await commander.leave();
  await server.server_close();
});

test("clients that leave at once cost nothing", async (t) => {
  const server = serveCommands(t, Processes) as Processes;
  await askOnce(server, "where");
  for (let round = 0; round < 20; round++) (await Commander.connect(server)).client.reset();
  assert.notEqual(await askOnce(server, "where"), undefined);
  await until(() => server.active() === 0);
  assert.deepEqual(errorsTold(server), []);
});

test("ForkingUnixStreamServer serves in child processes", async (t) => {
  if (process.platform === "win32") return;
  const folder = mkdtempSync(join(tmpdir(), "pyserve-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const server = serve(t, new ForkingUnixStreamServer(join(folder, "socket"), Commands as never));
  await until(() => server.fileno() >= 0);
  const answer = await exchange(server.server_address, "where\n");
  assert.notEqual(pidOf(JSON.parse(answer)), process.pid);
});

for (const [how, end] of Object.entries({
  "that is killed": (child: Child) => child.process.kill("SIGKILL"),
  "that exits": (child: Child) => child.process.kill("SIGUSR2"),
})) {
  test(`a parent ${how} takes its children with it`, async (t) => {
    const child = new Child(
      t,
      `import { Commands, Processes } from ${COMMANDS};
       process.on("SIGUSR2", () => process.exit(0));
       const server = new Processes(["127.0.0.1", 0], Commands);
       const serving = server.serve_forever();
       await new Promise((resolve) => setImmediate(resolve));
       console.log(server.server_address[1]);
       await serving;`,
    );
    await until(
      () => child.output.includes("\n") || child.process.exitCode !== null,
      "the child's first line",
    );
    const client = await StreamClient.connect(["127.0.0.1", Number.parseInt(child.output, 10)]);
    client.send("where\n");
    await until(() => client.socket.bytesRead > 0, child.errors);
    const pid = Number.parseInt((await client.read(8)).slice(1), 10);
    assert.ok(isAlive(pid));
    // A child that computes forever does not notice that its parent has ended; a parent that exits ends it.
    if (how === "that exits") client.send("spin\n");
    end(child);
    await child.end();
    await until(() => !isAlive(pid), "the end of the child");
    assert.ok(["", "\n"].includes((await client.rest()).replace(/^.*\n/, "")));
    client.socket.destroy();
  });
}

test("children leave SIGINT and SIGTERM to their parent", async (t) => {
  const server = serveCommands(t, Processes);
  const commander = await Commander.connect(server);
  const pid = pidOf(await commander.ask("where"));
  process.kill(pid, "SIGINT");
  process.kill(pid, "SIGTERM");
  assert.equal(pidOf(await commander.ask("where")), pid);
  await commander.leave();
});

test("ForkingTCPServer is closed after drain_timeout, even if a connection waits for a child that never ends", async (t) => {
  const server = serveCommands(t, Processes) as Processes;
  Object.assign(server, { max_children: 1, drain_timeout: 0.1 });
  const busy = await Commander.connect(server);
  await busy.ask("where");
  // The first one waits in `process_request`, the second one behind it.
  for (let count = 0; count < 2; count++) {
    const { socket } = await StreamClient.connect(server.server_address);
    t.after(() => socket.destroy());
  }
  await answerWhen(
    () => server.stats(),
    ({ connections }) => connections.accepted === 3,
  );
  await server.server_close();
});
