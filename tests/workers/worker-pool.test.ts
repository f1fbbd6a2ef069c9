import assert from "node:assert/strict";
import { createServer, Socket } from "node:net";
import { type TestContext, test } from "node:test";
import type { Assignment } from "#src/workers/messages.js";
import { Placement } from "#src/workers/placement.js";
import type { Acceptance } from "#src/workers/pool-member.js";
import type { WorkerError } from "#src/workers/worker-error.js";
import { type PoolOptions, WorkerPool } from "#src/workers/worker-pool.js";
import { FakeWorkers } from "../support/fake-link.js";
import { deferred, turns } from "../support/servers.js";
import { failureOf } from "../support/workers.js";

const NONE = { values: new Map<string, unknown>(), others: new Map<string, string | null>() };
const ASSIGNMENT: Assignment = {
  server: { module: "file:///server.js", name: "Server" },
  handler: { module: "file:///handler.js", name: "Handler" },
  server_address: ["127.0.0.1", 1],
  handler_args: undefined,
  serverAttributes: NONE,
  handlerAttributes: NONE,
  fields: NONE,
};
const FAILED = {
  type: "failed",
  code: "PYSERVE_MODULE_FAILED",
  message: "on purpose",
  cause: undefined,
} as const;

interface Pool {
  readonly pool: WorkerPool;
  readonly workers: FakeWorkers;
  readonly deaths: WorkerError[];
  /** Hands a connection over. */
  serve(): Socket;
}

function makePool(options: Partial<PoolOptions> = {}): Pool {
  const workers = new FakeWorkers();
  const deaths: WorkerError[] = [];
  const pool = new WorkerPool({
    size: () => 2,
    start: workers.start,
    assignment: ASSIGNMENT,
    told: new Map(),
    keepsAlive: () => true,
    died: (error) => deaths.push(error),
    call: async () => {},
    ...options,
  });
  const serve = () => {
    const connection = new Socket();
    void pool.serve(connection, "somebody");
    return connection;
  };
  return { pool, workers, deaths, serve };
}

/** A pool whose first worker is ready. */
async function startedPool(options: Partial<PoolOptions> = {}): Promise<Pool> {
  const made = makePool(options);
  const starting = made.pool.start();
  made.workers.at(0).say({ type: "ready" });
  await starting;
  return made;
}

/** Stops the clock until the test sets it. */
function clock(t: TestContext): { now: number } {
  const time = { now: 1000 };
  t.mock.method(performance, "now", () => time.now);
  return time;
}

test("a worker that computes gets no connection as long as another one answers", async (t) => {
  const time = clock(t);
  const { workers, serve } = await startedPool();
  serve();
  serve();
  workers.at(1).say({ type: "ready" });
  serve();
  assert.deepEqual(
    workers.links.map(({ connections }) => connections.length),
    [2, 1],
  );
  workers.at(1).isIdle = false;
  time.now += 19;
  serve();
  assert.equal(workers.at(1).connections.length, 2, "it was heard of a moment ago");
  time.now += 1;
  serve();
  serve();
  assert.equal(workers.at(1).connections.length, 2);
  assert.equal(workers.at(0).connections.length, 4);
  workers.at(0).isIdle = false;
  time.now += 20;
  serve();
  assert.equal(workers.at(1).connections.length, 3, "none answers, and it has the fewest");
});

/** Two workers. The second one computes, and has no connection. */
async function oneComputes(): Promise<Pool> {
  const made = await startedPool();
  made.serve();
  made.serve();
  made.workers.at(1).say({ type: "ready" });
  made.workers.at(1).finishFirst();
  made.workers.at(1).isIdle = false;
  return made;
}

test("a worker that has just begun a connection does not count as computing", async (t) => {
  const time = clock(t);
  const { workers, serve } = await oneComputes();
  time.now += 100;
  serve();
  workers.at(0).isIdle = false;
  serve();
  time.now += 19;
  serve();
  assert.equal(workers.at(0).connections.length, 4);
  assert.equal(workers.at(1).connections.length, 1);
});

test("if all compute, a worker that has given no sign for a second gets no connection", async (t) => {
  const time = clock(t);
  const { workers, serve } = await oneComputes();
  time.now += 900;
  serve();
  workers.at(0).isIdle = false;
  time.now += 99;
  serve();
  assert.equal(workers.at(1).connections.length, 2, "it has the fewest");
  time.now += 1;
  serve();
  assert.equal(workers.at(0).connections.length, 3);
  time.now += 1000;
  serve();
  assert.equal(workers.at(1).connections.length, 3, "nobody gave a sign, and it has the fewest");
});

test("another worker is started if all others compute", async (t) => {
  const time = clock(t);
  const { workers, serve } = await startedPool();
  workers.at(0).isIdle = false;
  time.now += 1000;
  serve();
  assert.equal(workers.links.length, 2);
});

test("start starts one worker, and tells it what it serves", async () => {
  const { pool, workers } = await startedPool();
  assert.equal(pool.size, 1);
  assert.deepEqual(workers.at(0).told, [{ type: "assign", assignment: ASSIGNMENT }]);
  await pool.start();
  assert.equal(pool.size, 1);
});

test("start holds the process until the worker is ready", async () => {
  const { pool, workers } = makePool();
  const starting = pool.start();
  assert.equal(workers.at(0).isHeld, true);
  workers.at(0).say({ type: "ready" });
  await starting;
  assert.equal(workers.at(0).isHeld, false);
});

test("start rejects with the worker's error, and does not call died as well", async () => {
  const { pool, workers, deaths } = makePool();
  const starting = failureOf(pool.start());
  workers.at(0).say(FAILED);
  assert.equal(workers.at(0).isTerminated, true);
  workers.at(0).events.ended("terminated");
  const { code, message } = await starting;
  assert.deepEqual([code, message], [FAILED.code, FAILED.message]);
  assert.deepEqual(deaths, []);
});

test("stopStarting ends the wait for a worker, which is released and kept", async () => {
  const { pool, workers, serve } = makePool();
  const starting = pool.start();
  pool.stopStarting();
  await starting;
  assert.equal(workers.at(0).isHeld, false);
  workers.at(0).say({ type: "ready" });
  serve();
  assert.equal(workers.links.length, 1);
});

test("stopStarting also cancels a scheduled start, and startSoon schedules it again", (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const { pool, workers } = makePool();
  pool.startSoon(() => assert.fail());
  pool.stopStarting();
  t.mock.timers.tick(50);
  assert.equal(workers.links.length, 0);
  pool.startSoon(() => assert.fail());
  pool.startSoon(() => assert.fail());
  t.mock.timers.tick(50);
  assert.equal(workers.links.length, 1);
});

test("a connection waits for its worker to be ready", async () => {
  const { workers, serve } = await startedPool();
  serve();
  serve();
  const second = workers.at(1);
  assert.deepEqual(second.types, ["assign"]);
  second.say({ type: "ready" });
  assert.deepEqual(second.types, ["assign", "serve"]);
});

test("a connection that waits for a worker to start is served by the first worker that is free", async () => {
  const { pool, workers, serve } = await startedPool({ size: () => 4, capacity: 1 });
  for (let count = 0; count < 4; count++) serve();
  workers.at(0).finishFirst();
  workers.at(2).say({ type: "ready" });
  workers.at(2).finishFirst();
  assert.deepEqual(
    workers.links.map(({ connections }) => connections.length),
    [2, 0, 2, 0],
  );
  assert.equal(pool.load, 2);
  workers.at(1).say({ type: "ready" });
  assert.deepEqual(workers.at(1).types, ["assign"], "its connection was served elsewhere");
  const [, serving] = workers.at(2).told;
  workers.at(2).finishFirst();
  assert.equal(serving?.type, "serve");
  assert.equal(pool.load, 1);
});

test("a connection whose worker dies while it starts is served by another one", async () => {
  const { pool, workers, serve, deaths } = await startedPool({ capacity: 1 });
  serve();
  const waiting = serve();
  workers.at(1).events.ended("it was ended by SIGTERM");
  assert.match(deaths[0]?.message ?? "", /SIGTERM\. Lost connections: 0\./);
  assert.equal(waiting.destroyed, false);
  workers.at(2).say({ type: "ready" });
  assert.deepEqual(workers.at(2).connections, [waiting]);
  assert.equal(pool.load, 2);
});

test("connections whose workers are all killed while they start are all served by others", async () => {
  const { workers, serve, deaths } = await startedPool({ size: () => 4, capacity: 1 });
  const all = [serve(), serve(), serve(), serve()];
  for (const at of [1, 2, 3]) workers.at(at).events.ended("it was ended by SIGTERM");
  for (const at of [4, 5, 6]) workers.at(at).say({ type: "ready" });
  assert.deepEqual(
    workers.links.flatMap(({ connections }) => connections),
    all,
  );
  assert.equal(deaths.length, 1);
});

test("a connection is given up when workers can't start", async () => {
  const { pool, workers, serve } = await startedPool({ capacity: 1 });
  serve();
  const waiting = serve();
  workers.at(1).events.ended("on purpose");
  workers.at(2).events.ended("on purpose");
  assert.equal(waiting.destroyed, true);
  assert.equal(pool.load, 1);
});

test("a worker that starts, and whose connection another one has served, ends with a pool that is not forced", async () => {
  const { pool, workers, serve } = await startedPool({ capacity: 1 });
  serve();
  serve();
  await pool.close(false);
  assert.deepEqual(workers.at(1).types, ["assign"]);
  workers.at(0).finishFirst();
  assert.deepEqual(workers.at(1).types, ["assign", "end"]);
  workers.at(0).finishFirst();
  assert.deepEqual(workers.at(0).types, ["assign", "end"]);
});

test("a connection that is gone before its worker is ready is not passed on", async () => {
  const { pool, workers, serve } = await startedPool();
  serve();
  serve().destroy();
  workers.at(1).say({ type: "ready" });
  assert.deepEqual(workers.at(1).types, ["assign"]);
  assert.equal(pool.load, 1);
});

test("a connection that is closed before its worker is ready is destroyed, and counts as done", async () => {
  const { pool, workers, serve } = await startedPool();
  serve();
  const waiting = serve();
  pool.abort(waiting);
  assert.equal(waiting.destroyed, true);
  assert.equal(pool.load, 1);
  assert.deepEqual(workers.at(1).types, ["assign"]);
});

test("serve rejects when the connection can't be sent, and the worker is free again", async () => {
  const { pool, workers } = await startedPool();
  const failure = new Error("on purpose");
  workers.at(0).send = () => {
    throw failure;
  };
  assert.equal(await failureOf(pool.serve(new Socket(), "").done), failure);
  assert.equal(pool.load, 0);
});

test("a worker holds the process while it serves", async () => {
  const { workers, serve } = await startedPool();
  serve();
  assert.equal(workers.at(0).isHeld, true);
  workers.at(0).finishFirst();
  assert.equal(workers.at(0).isHeld, false);
});

test("a worker that serves daemons holds nothing", async () => {
  const { workers, serve } = await startedPool({ keepsAlive: () => false });
  serve();
  assert.equal(workers.at(0).isHeld, false);
});

test("an idle worker is taken before another one is started, and the one with the fewest when all are", async () => {
  const { pool, workers, serve } = await startedPool();
  serve();
  workers.at(0).finishFirst();
  serve();
  assert.equal(pool.size, 1);
  for (let count = 0; count < 4; count++) serve();
  workers.at(1).say({ type: "ready" });
  assert.deepEqual(pool.load, 5);
  workers.at(1).finishFirst();
  workers.at(1).finishFirst();
  serve();
  assert.equal(workers.at(1).connections.length, 3);
});

test("a connection beyond the capacity of all workers is destroyed", async () => {
  const { serve } = await startedPool({ capacity: 1 });
  assert.deepEqual(
    [serve(), serve(), serve()].map(({ destroyed }) => destroyed),
    [false, false, true],
  );
});

test("the connections of a worker that ends are destroyed and done, and the next one replaces it", async () => {
  const { pool, workers, deaths } = await startedPool({ size: () => 1 });
  const connection = new Socket();
  const served = pool.serve(connection, "").done;
  workers.at(0).events.ended(new Error("on purpose"));
  await served;
  assert.equal(connection.destroyed, true);
  assert.match(String(deaths), /PYSERVE|worker has died: Error: on purpose.*Lost connections: 1/);
  assert.equal(pool.size, 0);
  void pool.serve(new Socket(), "");
  assert.equal(pool.size, 1);
});

test("a worker that has failed but is not gone yet gets nothing", async () => {
  const { workers, serve } = await startedPool();
  serve();
  serve();
  workers.at(1).say(FAILED);
  serve();
  assert.equal(workers.at(0).connections.length, 2);
  assert.equal(workers.at(1).connections.length, 0);
});

test("workers that can't start are reported once, and are not started for each connection", async (t) => {
  const time = clock(t);
  const { workers, serve, deaths } = await startedPool({ size: () => 1 });
  workers.at(0).events.ended("killed");
  const connections: Socket[] = [];
  for (let count = 0; count < 10; count++) {
    connections.push(serve());
    if (workers.links.length > 1 && !workers.at(-1).isTerminated) {
      workers.at(-1).say(FAILED);
      workers.at(-1).events.ended("terminated");
    }
  }
  assert.ok(connections.every(({ destroyed }) => destroyed));
  assert.equal(workers.links.length, 3);
  assert.deepEqual(
    deaths.map(({ code }) => code),
    ["PYSERVE_WORKER_DIED", "PYSERVE_MODULE_FAILED"],
  );
  time.now += 1000;
  const last = serve();
  assert.equal(workers.links.length, 4);
  workers.at(-1).say({ type: "ready" });
  assert.equal(last.destroyed, false);
  assert.deepEqual(workers.at(-1).types, ["assign", "serve"]);
});

test("freed resolves when a connection is done, and when a worker has ended", async () => {
  const { pool, workers, serve } = await startedPool();
  serve();
  const first = pool.freed();
  workers.at(0).finishFirst();
  await first;
  serve();
  const second = pool.freed();
  workers.at(0).events.ended("killed");
  await second;
});

test("workers that start later receive the last call of each method, too", async () => {
  const place = new Placement();
  const { pool, workers, serve } = await startedPool({ told: place.told });
  place.pool = pool;
  place.tell("apply_update", 1);
  place.tell("apply_update", 2);
  place.tell("begin_draining", undefined);
  serve();
  serve();
  assert.deepEqual(workers.at(0).types, ["assign", "tell", "tell", "tell", "serve"]);
  assert.deepEqual(workers.at(1).types, ["assign", "tell", "tell"]);
  assert.deepEqual(workers.at(1).told[1], { type: "tell", method: "apply_update", argument: 2 });
});

test("close ends all workers, waits for that, and accepts no more connections", async () => {
  const { pool, workers, serve, deaths } = await startedPool();
  serve();
  let closed = false;
  const closing = pool.close(true).then(() => {
    closed = true;
  });
  await turns();
  assert.equal(closed, false);
  assert.equal(workers.at(0).types.at(-1), "end");
  assert.equal(serve().destroyed, true);
  workers.at(0).events.ended("it was told to");
  await closing;
  assert.deepEqual(deaths, []);
});

test("close terminates a worker that does not end by itself", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const { pool, workers } = await startedPool();
  const closing = pool.close(true);
  assert.equal(workers.at(0).isTerminated, false);
  t.mock.timers.tick(1000);
  assert.equal(workers.at(0).isTerminated, true);
  workers.at(0).events.ended("terminated");
  await closing;
});

test("close terminates a worker at once that has never served", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const { pool, workers } = makePool();
  const starting = pool.start();
  pool.stopStarting();
  await starting;
  const closing = pool.close(true);
  t.mock.timers.tick(0);
  assert.equal(workers.at(0).isTerminated, true);
  workers.at(0).events.ended("terminated");
  await closing;
});

test("close terminates a worker sooner that still serves connections that were reset", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const { pool, workers, serve } = await startedPool();
  serve();
  const closing = pool.close(true);
  t.mock.timers.tick(249);
  assert.equal(workers.at(0).isTerminated, false);
  t.mock.timers.tick(1);
  assert.equal(workers.at(0).isTerminated, true);
  workers.at(0).events.ended("terminated");
  await closing;
});

test("close that is not forced lets a worker finish what it serves", async () => {
  const { pool, workers, serve } = await startedPool();
  serve();
  serve();
  workers.at(1).say({ type: "ready" });
  workers.at(1).finishFirst();
  const closing = pool.close(false);
  assert.deepEqual(
    workers.links.map(({ types }) => types.at(-1)),
    ["serve", "end"],
  );
  workers.at(1).events.ended("it was told to");
  await closing;
  workers.at(0).finishFirst();
  assert.equal(workers.at(0).types.at(-1), "end");
});

for (const [what, call, failure] of [
  ["that succeeds", async () => {}, null],
  ["that fails", () => Promise.reject("on purpose"), { error: "on purpose" }],
  ["that fails with what can't be sent", () => Promise.reject(() => {}), { error: "() => { }" }],
] as const) {
  test(`the worker is told of a call ${what}`, async () => {
    const { workers } = await startedPool({ call });
    workers.at(0).say({ type: "call", id: 7, method: "shutdown" });
    await turns(1);
    const {
      type,
      id,
      failure: told,
    } = workers.at(0).told.at(-1) as { type: string; id: number; failure: { error: unknown } | null };
    assert.deepEqual([type, id], ["called", 7]);
    assert.equal(told === null, failure === null);
    if (failure !== null) assert.equal(typeof told?.error, "string");
  });
}

/** A pool whose first worker accepts, and the events of its listening sockets. */
async function acceptingPool() {
  const made = await startedPool({ size: () => 1 });
  const happened: string[] = [];
  const acceptances: Acceptance[] = [];
  const taken = deferred();
  const begin = () =>
    made.pool.beginAccepting({
      supply: () => {
        happened.push("supply");
        return createServer();
      },
      takeBack: () => {
        happened.push("takeBack");
        return taken.promise;
      },
      stopped: (acceptance) => {
        happened.push("stopped");
        acceptances.push(acceptance);
      },
      failed: (error) => void happened.push(String(error)),
    });
  begin();
  return { ...made, happened, acceptances, taken, begin, worker: made.workers.at(0) };
}

test("a worker gets no other listening server before it has returned its own, however often it stops", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const { pool, worker, happened, begin } = await acceptingPool();
  for (let stops = 0; stops < 3; stops++) {
    const stopped = pool.endAccepting();
    t.mock.timers.tick(1000);
    await stopped;
    begin();
  }
  assert.deepEqual(worker.types, ["assign", "accept", "stop_accepting"]);
  assert.deepEqual(happened, ["supply", "stopped"]);
  worker.events.message({ type: "listener", id: 1 }, createServer());
  await turns(1);
  assert.deepEqual(worker.types, ["assign", "accept", "stop_accepting", "accept"]);
  assert.deepEqual(happened, ["supply", "stopped", "takeBack", "supply"]);
});

test("the connections of a worker are done when those in the queue of its listening server are, too", async () => {
  const { pool, worker, acceptances, taken } = await acceptingPool();
  void pool.endAccepting();
  let isDone = false;
  void acceptances[0]?.done.then(() => {
    isDone = true;
  });
  const accept = worker.told.find((message) => message.type === "accept");
  assert.ok(accept !== undefined);
  worker.events.message({ type: "listener", id: accept.id }, createServer());
  worker.say({ type: "done", id: accept.id, isClosed: true });
  await turns(1);
  assert.equal(isDone, false);
  taken.resolve();
  await turns(1);
  assert.equal(isDone, true);
});

test("a worker that is not ready yet accepts once it is", () => {
  const { pool, workers } = makePool();
  pool.beginAccepting({
    supply: () => createServer(),
    takeBack: () => {},
    stopped: () => {},
    failed: assert.ifError,
  });
  assert.equal(workers.links.length, 2);
  assert.deepEqual(workers.at(1).types, ["assign"]);
  workers.at(1).say({ type: "ready" });
  assert.deepEqual(workers.at(1).types, ["assign", "accept"]);
});

test("while a worker accepts, a connection does not wait for another one to start", async () => {
  const { pool, workers, serve } = await startedPool();
  pool.beginAccepting({
    supply: () => createServer(),
    takeBack() {},
    stopped() {},
    failed: (error) => assert.fail(String(error)),
  });
  serve();
  assert.deepEqual(workers.at(0).types, ["assign", "accept", "serve"]);
  assert.deepEqual(workers.at(1).types, ["assign"]);
});

test("only workers that have started are asked for their counters", async () => {
  const { pool, workers, serve } = await startedPool();
  serve();
  serve();
  const reports = pool.reports();
  assert.equal(workers.at(1).types.includes("report"), false, "it is still starting");
  const asked = workers.at(0).told.find((message) => message.type === "report");
  assert.ok(asked !== undefined);
  workers.at(0).say({ type: "report", id: asked.id, report: "counters" });
  assert.deepEqual(await reports, ["counters"]);
});
