/** A worker that fails, as the clients and the program see it. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { WorkerError } from "pyserve/socketserver";
import { canTransferSockets } from "#src/workers/socket-transfer.js";
import { Commands, errorsTold, Processes, Threads } from "../fixtures/commands.js";
import { leavesNothingOpen, turns, until } from "../support/servers.js";
import {
  ANY_PORT,
  askOnce,
  Commander,
  errorsOf,
  failureOf,
  isAlive,
  KINDS,
  liveThreads,
  serveCommands,
  stopClock,
  type WorkerServer,
  type WorkerServerClass,
} from "../support/workers.js";

/** Causes of a worker's death, and the reported text. */
const DEATHS: Readonly<Record<string, RegExp>> = {
  throw: /thrown on purpose|exit status is 1/,
  reject: /rejected on purpose|exit status is 1/,
  "exit 0": /exit (?:code|status) is 0/,
  "exit 7": /exit (?:code|status) is 7/,
};

for (const [kind, Server] of KINDS) {
  for (const [command, reason] of Object.entries(DEATHS)) {
    test(`${kind}: "${command}" in a handler closes the connections of its worker, is told to handle_error, and nobody else notices`, async (t) => {
      const server = serveCommands(t, Server);
      const [victim, other] = await onTwoWorkers(server);
      const before = await other.ask("where");
      victim.tell(command);
      await victim.ended();
      const [error] = await errorsOf(server, 1);
      assert.ok(error instanceof WorkerError);
      assert.equal(error.code, "PYSERVE_WORKER_DIED");
      assert.match(error.message, reason);
      assert.equal(await other.ask("where"), before);
      const third = await Commander.connect(server);
      assert.notEqual(await third.ask("where"), before);
      await Promise.all([other.leave(), third.leave()]);
      assert.equal(errorsTold(server).length, 1);
    });
  }

  test(`${kind}: an error of a handler is no death of its worker`, async (t) => {
    stopClock(t);
    const server = serveCommands(t, Server);
    const answers = [];
    for (const command of ["where", "fail", "where"]) {
      answers.push(await askOnce(server, command));
      await until(() => server.active() === 0);
    }
    assert.deepEqual(answers, [answers[0], undefined, answers[0]]);
    assert.deepEqual(errorsTold(server), []);
  });

  for (const command of ["tell_parent", "hear_parent"]) {
    test(`${kind}: "${command}": messages of the application on the channel to the parent change nothing`, async (t) => {
      const server = serveCommands(t, Server, { max_threads: 1, max_children: 1 });
      const commander = await Commander.connect(server);
      const before = await commander.ask("where");
      assert.equal(await commander.ask(command), null);
      for (const thread of liveThreads) thread.postMessage(null);
      await turns();
      assert.equal(server.active(), 1);
      assert.equal((await server.stats()).connections.open, 1);
      assert.equal(await commander.ask("where"), before);
      await commander.leave();
      assert.equal(await askOnce(server, "where"), before);
      assert.deepEqual(errorsTold(server), []);
    });
  }

  test(`${kind}: an endless loop in one does not stop the others, and ends with the server`, async (t) => {
    const server = serveCommands(t, Server, { drain_timeout: 0 });
    const [endless, other] = await onTwoWorkers(server);
    endless.tell("spin");
    for (let round = 0; round < 10; round++) assert.notEqual(await other.ask("where"), undefined);
    await other.leave();
    await server.server_close();
    await endless.ended();
    assert.equal(liveThreads.size, 0);
  });

  test(`${kind}: workers that die under load lose their own connections only, and leave nothing open`, async () => {
    const killing = (rounds: number) =>
      during(Server, { max_threads: 3, max_children: 6 }, async (server) => {
        for (let round = 0; round < rounds; round++) await killUnderLoad(server);
        assert.ok(liveThreads.size <= 3);
        assert.equal((await errorsOf(server, rounds)).length, rounds);
      });
    await leavesNothingOpenLater(killing, [1, 6]);
  });

  test(`${kind}: a connection on its way to a worker that dies is closed, and leaves nothing open`, async () => {
    const dying = (rounds: number) =>
      during(Server, { max_threads: 1, max_children: 1 }, async (server) => {
        for (let round = 0; round < rounds; round++) await meetDeath(server);
        assert.notEqual(await askOnce(server, "where"), undefined);
      });
    await leavesNothingOpenLater(dying, [1, 5]);
  });
}

/** Runs `act` while a server serves; its workers are gone afterwards. */
async function during(
  Server: WorkerServerClass,
  settings: object,
  act: (server: WorkerServer) => Promise<void>,
): Promise<void> {
  const server = Object.assign(new Server(ANY_PORT, Commands), settings);
  const serving = server.serve_forever();
  try {
    await act(server);
  } finally {
    await server.server_close();
    await serving;
  }
  assert.equal(liveThreads.size, 0);
}

/** Descriptors of the first run may stay open: Node keeps some for all threads, or all processes. */
async function leavesNothingOpenLater(
  run: (rounds: number) => Promise<void>,
  [first, second]: readonly [number, number],
): Promise<void> {
  await run(first);
  await leavesNothingOpen(() => run(second));
}

/** A connection that arrives while the only worker is dying. The next worker may serve it. */
async function meetDeath(server: WorkerServer): Promise<void> {
  const deaths = errorsTold(server).length;
  const first = await Commander.connect(server);
  await first.ask("where");
  first.tell("exit 0");
  const late = await Commander.connect(server);
  const answer = await late.ask("where");
  assert.ok(answer === undefined || typeof answer === "string");
  await Promise.all([first.ended(), late.leave(), errorsOf(server, deaths + 1)]);
}

/** Two connections, each with its own worker. */
async function onTwoWorkers(server: WorkerServer): Promise<[Commander, Commander]> {
  const one = await Commander.connect(server);
  const first = await one.ask("where");
  const two = await Commander.connect(server);
  assert.notEqual(await two.ask("where"), first);
  return [one, two];
}

/** Six connections under load. One of them ends its worker; those of the other workers continue. */
async function killUnderLoad(server: WorkerServer): Promise<void> {
  const deaths = errorsTold(server).length;
  const commanders = await Promise.all(Array.from({ length: 6 }, () => Commander.connect(server)));
  const places = await Promise.all(commanders.map((commander) => commander.ask("where")));
  const [killer] = commanders;
  killer?.tell("exit 0");
  await Promise.all(
    commanders.map(async (commander, index) => {
      if (places[index] === places[0]) return commander.ended();
      for (let count = 0; count < 3; count++) assert.equal(await commander.ask("where"), places[index]);
      return commander.leave();
    }),
  );
  // Until this is noticed, connections are handed to a dead worker.
  await errorsOf(server, deaths + 1);
}

test("processes: a child that is killed loses only its own connection", async (t) => {
  const server = serveCommands(t, Processes) as Processes;
  const [victim, other] = await onTwoWorkers(server);
  const pid = Number.parseInt(String(await victim.ask("where")), 10);
  process.kill(pid, "SIGKILL");
  await victim.ended();
  const [error] = await errorsOf(server, 1);
  assert.match(String(error), /SIGKILL/);
  assert.notEqual(await other.ask("where"), undefined);
  await other.leave();
  assert.equal(isAlive(pid), false);
});

test("processes: an idle child that is killed is replaced", async (t) => {
  const server = serveCommands(t, Processes);
  const pid = Number.parseInt(String(await askOnce(server, "where")), 10);
  process.kill(pid, "SIGKILL");
  await errorsOf(server, 1);
  const next = Number.parseInt(String(await askOnce(server, "where")), 10);
  assert.notEqual(next, pid);
});

if (canTransferSockets()) {
  test("threads: one that is terminated is replaced", async (t) => {
    const server = serveCommands(t, Threads);
    const commander = await Commander.connect(server);
    await commander.ask("where");
    for (const worker of liveThreads) void worker.terminate();
    await commander.ended();
    await errorsOf(server, 1);
    assert.notEqual(await askOnce(server, "where"), undefined);
  });

  test("threads: a thread without memory loses its own connections only, and thread_resource_limits say when", async (t) => {
    const server = serveCommands(t, Threads, { thread_resource_limits: { maxOldGenerationSizeMb: 16 } });
    const [victim, other] = await onTwoWorkers(server);
    victim.tell("memory");
    await victim.ended();
    const [error] = await errorsOf(server, 1);
    assert.match(String(error), /memory/);
    assert.equal((error?.cause as NodeJS.ErrnoException | undefined)?.code, "ERR_WORKER_OUT_OF_MEMORY");
    assert.notEqual(await other.ask("where"), undefined);
    await other.leave();
  });

  test("threads: the loads of workers that have died are forgotten", async (t) => {
    const server = serveCommands(t, Threads);
    for (let round = 0; round < 3; round++) {
      const [victim, other] = await onTwoWorkers(server);
      victim.tell("exit 0");
      await victim.ended();
      await errorsOf(server, round + 1);
      await other.leave();
      await turns();
    }
    assert.ok(liveThreads.size <= 2);
  });
}

test("a closed server reports that it is closed, whatever has become of its workers", async (t) => {
  const server = serveCommands(t, Processes);
  const pid = Number.parseInt(String(await askOnce(server, "where")), 10);
  await server.server_close();
  await until(() => !isAlive(pid));
  assert.match((await failureOf(server.serve_forever())).message, /closed/);
});
