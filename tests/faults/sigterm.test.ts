/** A process that is asked to end while something is wrong: it ends in time, with the documented status, and says nothing else. */
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { connect } from "node:net";
import { describe, type TestContext, test } from "node:test";
import { fileURLToPath } from "node:url";
import { canTransferSockets } from "#src/workers/socket-transfer.js";
import { get, RawClient, request } from "../support/http.js";
import { until } from "../support/servers.js";

const PROGRAM = fileURLToPath(new URL("../fixtures/troubled-program.js", import.meta.url));

type Place = "tasks" | "threads" | "processes";

const PLACES: readonly Place[] = [
  "tasks",
  ...(canTransferSockets() ? (["threads"] as const) : []),
  "processes",
];
const IN_WORKERS = PLACES.slice(1);

/** The program at work, and its clients. */
class Program {
  readonly child: ChildProcess;
  errors = "";
  port = 0;
  readonly #t: TestContext;
  readonly #exited: Promise<unknown[]>;

  constructor(t: TestContext, place: Place, ending: "exits" | "ends") {
    this.#t = t;
    this.child = spawn(process.execPath, [PROGRAM, place, ending], { stdio: ["ignore", "pipe", "pipe"] });
    this.#exited = once(this.child, "exit");
    t.after(() => this.child.kill("SIGKILL"));
  }

  async serves(): Promise<void> {
    const [printed] = (await once(this.child.stdout as NodeJS.EventEmitter, "data")) as [Buffer];
    this.port = Number(/ port (\d+) /.exec(String(printed))?.[1]);
  }

  /** Reads what it writes to standard error. */
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

  /** Sends a request, and waits until its reply has begun. */
  async begin(path: string): Promise<RawClient> {
    const client = await this.send(get(path));
    await until(() => client.received > 0 || client.isEnded, "the reply to begin");
    return client;
  }

  /** Asks it to end; gives its status, or the name of the signal that ended it. */
  async terminate(): Promise<unknown> {
    this.child.kill("SIGTERM");
    const [status, signal] = await this.#exited;
    return status ?? signal;
  }
}

interface Fault {
  readonly name: string;
  /** Where it can be; everywhere, if left out. */
  readonly places?: readonly Place[];
  /** Brings it about. */
  readonly act: (program: Program) => Promise<unknown>;
  /** Expected standard error; empty if left out. */
  readonly errors?: RegExp;
  /** Nobody reads standard error: Node waits with the end of the process for who reads, unless it is told to exit, as by the command. */
  readonly isUnread?: true;
}

/** Matches the report of `handle_error` for exactly one error. */
const reportOf = (what: string) => new RegExp(`^-+\\nException occurred .*${what}.*-+\\n$`, "s");

const HALF_HEAD = "GET / HTTP/1.1\r\nHost:";

const FAULTS: readonly Fault[] = [
  { name: "nothing is wrong", act: (program) => program.begin("/hello") },
  { name: "a client has sent nothing", act: (program) => program.send("") },
  { name: "a client has sent half a head", act: (program) => program.send(HALF_HEAD) },
  {
    name: "a client has sent half a content",
    act: (program) => program.send(request("PUT", "/", ["Content-Length: 10"], "abc")),
  },
  {
    name: "a client has ended its sending, and waits",
    act: async (program) => (await program.begin("/never")).end(),
  },
  {
    name: "a client has reset its connection",
    act: async (program) => (await program.begin("/never")).socket.resetAndDestroy(),
  },
  {
    name: "a client takes nothing of a reply without an end",
    act: async (program) => (await program.begin("/endless")).socket.pause(),
  },
  {
    name: "a client takes nothing of a reply that its handler has left to the server",
    act: async (program) => (await program.begin("/not-awaited")).socket.pause(),
  },
  { name: "a handler never ends", act: (program) => program.begin("/never") },
  { name: "a handler computes without an end", places: IN_WORKERS, act: (program) => program.begin("/spin") },
  {
    name: "a handler has failed before its reply",
    act: (program) => program.begin("/before"),
    errors: reportOf("on purpose"),
  },
  {
    name: "a handler has failed in the middle of its reply",
    act: (program) => program.begin("/middle"),
    errors: reportOf("on purpose"),
  },
  {
    name: "a disk has failed in the middle of a reply",
    act: (program) => program.begin("/disk"),
    errors: reportOf("EIO"),
  },
  {
    name: "a disk is full",
    act: (program) => program.begin("/full"),
    errors: reportOf("ENOSPC"),
  },
  {
    name: "a handler has failed after its reply",
    act: (program) => program.begin("/after"),
    errors: reportOf("on purpose"),
  },
  {
    name: "a handler has rejected",
    act: (program) => program.begin("/rejects"),
    errors: reportOf("on purpose"),
  },
  {
    name: "a handler's drain throws",
    act: (program) => program.begin("/drain"),
    errors: reportOf("on purpose"),
  },
  {
    name: "a handler never ends, and its finish would throw",
    act: (program) => program.begin("/finish"),
  },
  {
    name: "a worker has died",
    places: IN_WORKERS,
    act: async (program) => (await program.begin("/die")).assertEnd(),
    errors: /PYSERVE_WORKER_DIED|worker has died/,
  },
  {
    name: "the clock of the day has gone back",
    act: async (program) => {
      await program.begin("/jump");
      await program.begin("/never");
    },
  },
  {
    name: "standard error is closed",
    act: async (program) => {
      program.child.stderr?.destroy();
      await program.begin("/log");
      await program.begin("/before");
    },
    isUnread: true,
  },
  {
    name: "nobody reads standard error",
    act: async (program) => {
      await program.begin("/log");
      await program.begin("/before");
    },
    isUnread: true,
  },
];

// Most of the time goes by in waiting.
describe("SIGTERM", { concurrency: 4 }, () => {
  for (const { name, places = PLACES, act, errors = /^$/, isUnread } of FAULTS) {
    for (const place of places) {
      test(`ends a program (${place}) with status 0 where ${name}`, async (t) => {
        const program = new Program(t, place, isUnread ? "exits" : "ends");
        if (!isUnread) program.listen();
        await program.serves();
        await act(program);
        assert.equal(await program.terminate(), 0, program.errors);
        if (!isUnread) assert.match(program.errors, errors);
      });
    }
  }
});
