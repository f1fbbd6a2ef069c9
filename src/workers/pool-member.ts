import { type Server, Socket } from "node:net";
import { type Deferred, deferred } from "./deferred.js";
import { type MessageFromWorker, type MessageToWorker, sendable, type WorkerLink } from "./messages.js";
import { WorkerError } from "./worker-error.js";
import type { PoolOptions } from "./worker-pool.js";

/** Milliseconds that a worker gets to end by itself. */
const END_DELAY = 1000;

/**
 * {@link END_DELAY} for a worker whose connections were closed, but whose handlers still compute or wait for something
 * else.
 */
const ABORT_DELAY = 250;

/** Milliseconds that a worker gets to return its counters. A busy worker needs longer. */
const REPORT_DELAY = 1000;

/** Milliseconds without a sign from a worker, after which it counts as computing. */
export const BUSY = 20;

/** Functions of the pool that a member calls. */
export interface MemberEvents {
  /** It can serve. */
  ready(): void;
  /** A connection is done. */
  done(): void;
  /**
   * The worker has ended.
   *
   * @param waiting - its connections if it has never been able to serve: another worker can serve them
   */
  ended(error: WorkerError, waiting: readonly Job[]): void;
}

/** A connection of a worker. */
export interface Serving {
  /** Resolves when it was served, successfully or not; rejects if it can't be sent to the worker. */
  readonly done: Promise<void>;
  /** Resolves when it is closed. */
  readonly closed: Promise<void>;
}

/** The connections that a worker accepts itself. */
export interface Acceptance extends Serving {
  /** Resolves with the listening server and its queue after {@link PoolMember.recall}; with `null` if it is lost. */
  readonly returned: Promise<Server | null>;
  /** Closes them. */
  destroy(): void;
}

/** A job for a worker: a connection, or a listening server with all connections that it will accept. */
export interface Job {
  readonly id: number;
  readonly handle: Socket | Server;
  readonly message: MessageToWorker;
  readonly done: Deferred;
  /** Resolves when it is closed, or when no worker can report that any more. */
  readonly closed: Deferred;
}

/** The number of the last job or report of all workers: a job keeps its number when another worker takes it. */
let lastId = 0;

/** One worker of a pool, and its connections. */
export class PoolMember {
  readonly #ready = deferred();
  readonly #options: PoolOptions;
  readonly #events: MemberEvents;
  readonly #link: WorkerLink;
  readonly #jobs = new Map<number, Job>();
  /** Connections that were served, and wait for their clients to close. */
  readonly #lingering = new Map<number, Job>();
  /** The number of its `accept` job; `null` if it does not accept, or was told to stop. */
  #accepting: number | null = null;
  /** Resolved when the worker returns the listening server. */
  #returned = deferred<Server | null>();
  readonly #reports = new Map<number, (report: unknown) => void>();
  /** The time of its last message, or when it was last seen to wait for something to do, in milliseconds. */
  #heard = 0;
  #wasReady = false;
  #isEnding = false;
  #failure: WorkerError | undefined;
  readonly #gone = deferred();

  constructor(options: PoolOptions, events: MemberEvents) {
    this.#options = options;
    this.#events = events;
    // Not every caller awaits it. An unhandled rejection would end the process.
    this.ready.catch(() => {});
    this.#link = options.start({
      message: (message, listener) => this.#receive(message, listener),
      ended: (reason) => this.#ended(reason),
    });
    this.rest();
    this.send({ type: "assign", assignment: options.assignment });
  }

  /** Resolves when it can serve. Rejects if it never can. */
  get ready(): Promise<void> {
    return this.#ready.promise;
  }

  /** The number of the thread, or of the process. */
  get id(): number {
    return this.#link.id;
  }

  /** Number of connections that it serves. */
  get load(): number {
    return this.#jobs.size;
  }

  /** True if it has ever been able to serve. */
  get wasReady(): boolean {
    return this.#wasReady;
  }

  /** True if it accepts connections: it is not ending, and has not failed. */
  get isUsable(): boolean {
    return !this.#isEnding && this.#failure === undefined;
  }

  /** Milliseconds since the last sign that its event loop runs; 0 while it starts, or has nothing to do. */
  silence(): number {
    const now = performance.now();
    const silence = now - this.#heard;
    if (!this.#wasReady) return 0;
    if (silence < BUSY || !this.#link.isIdle) return silence;
    this.#heard = now;
    return 0;
  }

  /** True if the pool has asked it to end. */
  get isEnding(): boolean {
    return this.#isEnding;
  }

  /** Sends a message to the worker. */
  send(message: MessageToWorker): void {
    this.#link.send(message);
  }

  /** Keeps the process alive, until {@link rest} is called. */
  hold(): void {
    this.#link.ref();
  }

  /** Stops keeping the process alive: the worker has no work. */
  rest(): void {
    if (this.#jobs.size === 0 && !this.#isEnding) this.#link.unref();
  }

  /** Serves a connection, as soon as it can. */
  serve(connection: Socket, client_address: unknown): Serving {
    return this.#take(connection, (id) => ({ type: "serve", id, client_address }));
  }

  /**
   * Lets it accept the connections of a listening server, until {@link recall}. Called only if it is ready, and has
   * returned its last one.
   */
  accept(listener: Server): Acceptance {
    let accepting = 0;
    this.#returned = deferred();
    const { promise: returned } = this.#returned;
    const serving = this.#take(listener, (id) => {
      accepting = this.#accepting = id;
      return { type: "accept", id };
    });
    return { ...serving, returned, destroy: () => this.send({ type: "abort", id: accepting }) };
  }

  /** Stops it from accepting. Returns false if it does not accept, or was told before. */
  recall(): boolean {
    const id = this.#accepting;
    if (id === null) return false;
    this.#accepting = null;
    this.send({ type: "stop_accepting", id });
    return true;
  }

  #take(handle: Socket | Server, say: (id: number) => MessageToWorker): Serving {
    const id = ++lastId;
    const message = say(id);
    const [done, closed] = [deferred(), deferred()];
    this.take({ id, handle, message, done, closed });
    return { done: done.promise, closed: closed.promise };
  }

  /** Takes a job of another worker. */
  take(job: Job): void {
    if (this.#options.keepsAlive()) this.hold();
    this.#jobs.set(job.id, job);
    if (this.#wasReady) this.#handOver(job);
  }

  /** Removes and returns the connection that has waited longest for this worker to start; `undefined` if none waits. */
  giveAway(): Job | undefined {
    if (this.#wasReady) return undefined;
    for (const job of this.#jobs.values()) {
      this.#jobs.delete(job.id);
      this.rest();
      return job;
    }
    return undefined;
  }

  /** Requests its counters. Resolves with `null` if it does not answer soon. */
  async report(): Promise<unknown> {
    const id = ++lastId;
    let timer: NodeJS.Timeout | undefined;
    const answer = new Promise<unknown>((resolve) => {
      this.#reports.set(id, resolve);
      timer = setTimeout(() => resolve(null), REPORT_DELAY);
      void this.#gone.promise.then(() => resolve(null));
    });
    this.send({ type: "report", id });
    return answer.finally(() => {
      clearTimeout(timer);
      this.#reports.delete(id);
    });
  }

  /** Closes a connection, if this worker serves it. */
  abort(connection: Socket): void {
    for (const [id, job] of this.#jobs) {
      if (job.handle === connection) this.#abort(id, connection);
    }
  }

  /** Ends the worker. A worker that has served gets a short time to end by itself. Resolves when it has ended. */
  end(): Promise<void> {
    if (!this.#isEnding) {
      this.#isEnding = true;
      this.send({ type: "end" });
      this.hold();
      const delay = this.load > 0 ? ABORT_DELAY : END_DELAY;
      const timer = setTimeout(() => this.#link.terminate(), this.#wasReady ? delay : 0);
      void this.#gone.promise.then(() => clearTimeout(timer));
    }
    return this.#gone.promise;
  }

  #receive(message: MessageFromWorker, listener?: Server): void {
    this.#heard = performance.now();
    switch (message.type) {
      case "ready":
        this.#wasReady = true;
        this.#ready.resolve();
        // A copy of the list: a job that can't be sent makes room for another one, which is sent at once.
        for (const job of [...this.#jobs.values()]) this.#handOver(job);
        this.#events.ready();
        return;
      case "failed":
        return this.#failed(message);
      case "listener":
        return this.#returned.resolve(listener ?? null);
      case "done":
        return this.#done(message.id, message.isClosed);
      case "closed":
        return this.#closed(message.id);
      case "report":
        this.#reports.get(message.id)?.(message.report);
        return;
      case "call":
        void this.#call(message);
        return;
    }
  }

  // Called only when the worker is ready. Before that, Node would create a socket in the process without a listener for
  // its errors, and a client that disconnects would end the process.
  #handOver({ id, handle, message, done }: Job): void {
    // The client has reset it while it waited.
    if (handle instanceof Socket && handle.destroyed) return this.#done(id, true);
    try {
      this.#link.send(message, handle);
    } catch (error) {
      done.reject(error);
      this.#done(id, true);
    }
  }

  #abort(id: number, connection: Socket): void {
    if (this.#wasReady) return this.send({ type: "abort", id });
    connection.destroy();
    this.#done(id, true);
  }

  #failed({ code, message, cause }: MessageFromWorker & { readonly type: "failed" }): void {
    this.#failure = new WorkerError(code, message, { cause });
    this.#link.terminate();
  }

  #done(id: number, isClosed: boolean): void {
    const job = this.#jobs.get(id);
    // It was not told to stop, so the listening server could not be sent.
    if (this.#accepting === id) {
      this.#accepting = null;
      this.#returned.resolve(null);
    }
    job?.done.resolve();
    if (isClosed) job?.closed.resolve();
    else if (job !== undefined) this.#lingering.set(id, job);
    this.#jobs.delete(id);
    this.rest();
    this.#events.done();
  }

  #closed(id: number): void {
    this.#lingering.get(id)?.closed.resolve();
    this.#lingering.delete(id);
  }

  async #call({ id, method }: MessageFromWorker & { readonly type: "call" }): Promise<void> {
    const outcome = await this.#options.call(method).then(
      (result) => ({ failure: null, result }),
      (error) => ({ failure: { error: sendable(error) }, result: undefined }),
    );
    this.send({ type: "called", id, ...outcome });
  }

  #ended(reason: unknown): void {
    const jobs = [...this.#jobs.values()];
    const [waiting, lost] = this.#wasReady ? [[], jobs] : [jobs, []];
    const error = this.#failure ?? this.#death(reason, lost.length);
    this.#ready.reject(error);
    this.#jobs.clear();
    this.#returned.resolve(null);
    this.#events.ended(error, waiting);
    for (const job of lost) giveUp(job);
    for (const id of this.#lingering.keys()) this.#closed(id);
    this.#gone.resolve();
  }

  #death(reason: unknown, lost: number): WorkerError {
    const what = reason instanceof Error ? String(reason) : reason;
    return new WorkerError(
      "PYSERVE_WORKER_DIED",
      this.#accepting === null
        ? `A worker has died: ${what}. Lost connections: ${lost}. Another worker replaces it when it is needed.`
        : `A worker has died: ${what}. Its connections, and those that waited for it, are lost. Another worker replaces it.`,
      { cause: reason },
    );
  }
}

/** Ends a job that no worker will do. A connection that is still on its way would stay open here. */
export function giveUp({ handle, done, closed }: Job): void {
  if (handle instanceof Socket) handle.destroy();
  else handle.close();
  done.resolve();
  closed.resolve();
}
