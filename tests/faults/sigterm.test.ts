/**
 * A process that is asked to end while something is wrong. It ends in time, with the documented status, and prints
 * nothing else.
 */
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { connect } from "node:net";
import { describe, type TestContext, test } from "node:test";
import { canTransferSockets } from "#src/workers/socket-transfer.js";
import { get, RawClient, request } from "../support/http.js";
import { besidePackage } from "../support/published.js";
import { until } from "../support/servers.js";

const PROGRAM = besidePackage("troubled-program.js");

type Place = "tasks" | "threads" | "processes";

const PLACES: readonly Place[] = [
  "tasks",
  ...(canTransferSockets() ? (["threads"] as const) : []),
  "processes",
];
const IN_WORKERS = PLACES.slice(1);

/** The running program, and its clients. */
class Program {
  readonly child: ChildProcess;
  errors = "";
  port = 0;
  readonly #t: TestContext;
  /** If standard error is read, all of it was read by then. */
  readonly #ended: Promise<unknown[]>;

  constructor(t: TestContext, place: Place, ending: "exits" | "ends") {
    this.#t = t;
    this.child = spawn(process.execPath, [PROGRAM, place, ending], { stdio: ["ignore", "pipe", "pipe"] });
    this.#ended = once(this.child, ending === "ends" ? "close" : "exit");
    t.after(() => this.child.kill("SIGKILL"));
  }

  async serves(): Promise<void> {
    const [printed] = (await once(this.child.stdout as NodeJS.EventEmitter, "data")) as [Buffer];
    this.port = Number(/ port (\d+) /.exec(String(printed))?.[1]);
  }

  /** Reads its standard error. */
  listen(): void {
    this.child.stderr?.on("data", (text) => {
      this.errors += text;
    });
  }

  async send(text: string): Promise<RawClient> {
    const socket = connect({ port: this.port, host: "127.0.0.1", allowHalfOpen: true });
    this.#t.after(() => socket.destroy());
    const client = new RawClient(socket);
    return client.send(text);
  }

  /** Sends a request, and waits until its response has begun. */
  async begin(path: string): Promise<RawClient> {
    const client = await this.send(get(path));
    await until(() => client.received > 0 || client.isEnded, "the reply to begin");
    return client;
  }

  /** Asks it to end. Returns its status, or the name of the signal that ended it. */
  async terminate(): Promise<unknown> {
    this.child.kill("SIGTERM");
    const [status, signal] = await this.#ended;
    return status ?? signal;
  }
}

interface Fault {
  readonly name: string;
  /** Possible places. Default: everywhere. */
  readonly places?: readonly Place[];
  /** Requests that cause it, each with its own client: no more than there are workers. */
  readonly acts: readonly ((program: Program) => Promise<unknown>)[];
  /** Expected reports of `handle_error`, one for each error. */
  readonly errors?: readonly RegExp[];
  /**
   * Nobody reads standard error. Node then delays the end of the process, unless it calls `exit`, as the command does.
   */
  readonly isUnread?: true;
}

const begin = (path: string) => (program: Program) => program.begin(path);
const send = (text: string) => (program: Program) => program.send(text);

const FAULTS: readonly Fault[] = [
  { name: "nothing is wrong", acts: [begin("/hello")] },
  {
    name: "clients have sent nothing, half a head, half a content",
    acts: [
      send(""),
      send("GET / HTTP/1.1\r\nHost:"),
      send(request("PUT", "/", ["Content-Length: 10"], "abc")),
    ],
  },
  {
    name: "clients have ended their sending, or reset their connection",
    acts: [
      async (program) => (await program.begin("/never")).end(),
      async (program) => (await program.begin("/never")).socket.resetAndDestroy(),
    ],
  },
  {
    name: "clients take nothing of a reply without an end, or of one that its handler has left to the server",
    acts: ["/endless", "/not-awaited"].map(
      (path) => async (program) => (await program.begin(path)).socket.pause(),
    ),
  },
  {
    name: "a handler never ends, its finish would throw, and the clock of the day has gone back",
    acts: [begin("/jump"), begin("/never"), begin("/finish")],
  },
  { name: "a handler computes without an end", places: IN_WORKERS, acts: [begin("/spin")] },
  {
    name: "handlers have failed before and after their replies, and have rejected",
    acts: [begin("/before"), begin("/after"), begin("/rejects")],
    errors: [/on purpose/, /on purpose/, /on purpose/],
  },
  {
    name: "a handler, a disk, and a full disk have failed in the middle of a reply",
    acts: [begin("/middle"), begin("/disk"), begin("/full")],
    errors: [/on purpose/, /EIO/, /ENOSPC/],
  },
  { name: "a handler's drain throws", acts: [begin("/drain")], errors: [/on purpose/] },
  {
    name: "a worker has died",
    places: IN_WORKERS,
    acts: [async (program) => (await program.begin("/die")).assertEnd()],
    errors: [/PYSERVE_WORKER_DIED|worker has died/],
  },
  {
    name: "standard error is closed",
    acts: [async (program) => program.child.stderr?.destroy(), begin("/log"), begin("/before")],
    isUnread: true,
  },
  { name: "nobody reads standard error", acts: [begin("/log"), begin("/before")], isUnread: true },
];

// They mostly wait.
describe("SIGTERM", { concurrency: 4 }, () => {
  for (const { name, places = PLACES, acts, errors = [], isUnread } of FAULTS) {
    for (const place of places) {
      test(`ends a program (${place}) with status 0 where ${name}`, async (t) => {
        const program = new Program(t, place, isUnread ? "exits" : "ends");
        if (!isUnread) program.listen();
        await program.serves();
        for (const act of acts) await act(program);
        assert.equal(await program.terminate(), 0, program.errors);
        if (!isUnread) assertReports(program.errors, errors);
      });
    }
  }
});

/** A report of `handle_error`. */
const REPORT = /^-+\nException occurred .*?^-+\n/gms;

function assertReports(written: string, expected: readonly RegExp[]): void {
  const reports = written.match(REPORT) ?? [];
  assert.equal(reports.join(""), written);
  assert.equal(reports.length, expected.length, written);
  for (const report of expected)
    assert.ok(
      reports.some((text) => report.test(text)),
      written,
    );
}
