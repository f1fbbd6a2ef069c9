import { EventEmitter, once } from "node:events";
import type { Server, Socket } from "node:net";
import { deferred } from "./deferred.js";
import type { Assignment, ServerMethod, StartWorker, Told } from "./messages.js";
import { type Acceptance, BUSY, giveUp, type Job, PoolMember, type Serving } from "./pool-member.js";
import type { WorkerError } from "./worker-error.js";

/** Milliseconds before the first worker is started, if the server serves without it. */
const START_DELAY = 50;

/** Milliseconds before another worker is started, after two in a row have failed to start. */
const RESTART_DELAY = 1000;

/** Milliseconds that a worker gets to return its listening server. A busy worker needs longer. */
const RECALL_DELAY = 1000;

/** Milliseconds without a sign from a worker, after which it may be stuck forever. */
const STUCK = 1000;

/** Listening sockets of the workers of a pool. */
export interface Listeners {
  /** Returns a listening server for another worker. */
  supply(): Server;
  /** Takes back a listening server with its queue. Resolves when the connections of the queue need no more attention. */
  takeBack(listener: Server): PromiseLike<void> | void;
  /** Called when a worker has stopped accepting. Its connections may continue. */
  stopped(acceptance: Acceptance): void;
  /** Called with an error from {@link supply}. */
  failed(error: unknown): void;
}

/** Settings of a pool, from its server. */
export interface PoolOptions {
  /** Maximum number of workers. */
  readonly size: () => number;
  /** Connections that each worker serves at the same time. Default: no limit. */
  readonly capacity?: number;
  readonly start: StartWorker;
  /** Assignment of each worker when it starts. */
  readonly assignment: Assignment;
  /** True if connections in progress keep the process alive. */
  readonly keepsAlive: () => boolean;
  /**
   * Called when a worker has died, or its replacement can't start. Of several failures in a row, only the first is
   * reported.
   */
  readonly died: (error: WorkerError) => void;
  /** Calls that all workers have got so far: {@link WorkerPool.tell}. */
  readonly told: ReadonlyMap<string, Told>;
  /** Runs a call of a handler in a worker. */
  readonly call: (method: ServerMethod) => Promise<unknown>;
}

/** Workers (threads or processes): started when they are needed, kept, and replaced when they die. */
export class WorkerPool {
  readonly #options: PoolOptions;
  readonly #members = new Set<PoolMember>();
  readonly #events = new EventEmitter();
  #hasStarted = false;
  #startSoon: NodeJS.Timeout | undefined;
  #givenUp = deferred();
  #isClosed = false;
  /** Failed starts in a row. Workers that were started before the last failure belong to that failure. */
  #failures = 0;
  #startAgain = 0;
  #listeners: Listeners | null = null;
  #tryAgain: NodeJS.Timeout | undefined;
  readonly #acceptances = new Map<PoolMember, Acceptance>();

  constructor(options: PoolOptions) {
    this.#options = options;
    this.#events.setMaxListeners(0); // any number of requests may wait
  }

  /** Number of workers. */
  get size(): number {
    return this.#members.size;
  }

  /** Number of connections that are being served. */
  get load(): number {
    let load = 0;
    for (const member of this.#members) load += member.load;
    return load;
  }

  /** Numbers of the workers that are serving connections. */
  busy(): number[] {
    return [...this.#members].filter(({ load }) => load > 0).map(({ id }) => id);
  }

  /** Resolves when a worker has finished a connection. */
  freed(): Promise<unknown> {
    return once(this.#events, "freed");
  }

  /**
   * Starts the first worker. Rejects if it can't serve, because then no worker could. Also resolves after
   * {@link stopStarting}.
   */
  async start(): Promise<void> {
    if (this.#hasStarted || this.#isClosed) return;
    const [first = this.#startMember()] = this.#members;
    this.#givenUp = deferred();
    first.hold();
    await Promise.race([first.ready, this.#givenUp.promise]);
    first.rest();
  }

  /**
   * Starts the first worker soon. A server that serves without it would be slower at first, because starting a worker
   * takes as much processor time as starting Node.
   *
   * @param failed - called with the error if the worker can't serve
   */
  startSoon(failed: (error: unknown) => void): void {
    this.#startSoon ??= setTimeout(() => this.start().catch(failed), START_DELAY).unref();
  }

  /** True if a worker has started. */
  get hasStarted(): boolean {
    return this.#hasStarted;
  }

  /** Stops waiting for the first worker, which may take very long to import its module. */
  stopStarting(): void {
    clearTimeout(this.#startSoon);
    this.#startSoon = undefined;
    this.#givenUp.resolve();
  }

  /** Serves a connection in the worker with the fewest connections, among those that answer. */
  serve(connection: Socket, client_address: unknown): Serving {
    const member = this.#memberForNext();
    if (member !== null) return member.serve(connection, client_address);
    connection.destroy();
    return { done: Promise.resolve(), closed: Promise.resolve() };
  }

  /** Lets all workers accept connections, each from its own listening server. */
  beginAccepting(listeners: Listeners): void {
    this.#listeners = listeners;
    this.#completeAccepting();
  }

  /**
   * Stops the workers from accepting. Resolves when they have returned their listening servers; a busy worker returns
   * its own later.
   */
  async endAccepting(): Promise<void> {
    const listeners = this.#listeners;
    if (listeners === null) return;
    this.#listeners = null;
    const returned: Promise<unknown>[] = [];
    for (const [member, acceptance] of this.#acceptances) {
      returned.push(acceptance.returned);
      if (member.recall()) listeners.stopped(acceptance);
    }
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, RECALL_DELAY);
    });
    await Promise.race([Promise.all(returned), late]);
    clearTimeout(timer);
  }

  /** Calls a method of the server in each worker. */
  tell(told: Told): void {
    for (const member of this.#members) member.send({ type: "tell", ...told });
  }

  /** Closes a connection. */
  abort(connection: Socket): void {
    for (const member of this.#members) member.abort(connection);
  }

  /** Returns the counters of each worker that has started; `null` for one that does not answer soon. */
  reports(): Promise<unknown[]> {
    const started = [...this.#members].filter(({ wasReady }) => wasReady);
    return Promise.all(started.map((member) => member.report()));
  }

  /**
   * Ends the workers.
   *
   * @param isForced - true to end workers that still serve. With false, they end when they have finished, and the
   *   promise
   * does not wait for them
   */
  async close(isForced: boolean): Promise<void> {
    this.#isClosed = true;
    const ending = [...this.#members].filter((member) => isForced || member.load === 0);
    await Promise.all(ending.map((member) => member.end()));
  }

  /**
   * Starts workers up to the maximum, including replacements for those that have died, and lets each accept. A worker
   * that has not returned its listening server yet gets no other one, which could arrive before the first has left.
   */
  #completeAccepting(): void {
    if (this.#listeners === null || this.#isClosed) return;
    try {
      while (this.#mayStart()) this.#startMember();
      for (const member of this.#members)
        if (member.wasReady && member.isUsable && !this.#acceptances.has(member))
          this.#accept(member, this.#listeners);
    } catch (error) {
      this.#listeners.failed(error);
    }
    this.#tryAgainIfIncomplete();
  }

  #tryAgainIfIncomplete(): void {
    clearTimeout(this.#tryAgain);
    if (this.#acceptances.size >= this.#options.size()) return;
    this.#tryAgain = setTimeout(() => this.#completeAccepting(), RESTART_DELAY).unref();
  }

  #accept(member: PoolMember, listeners: Listeners): void {
    const acceptance = member.accept(listeners.supply());
    const taken = acceptance.returned.then((listener) => {
      this.#acceptances.delete(member);
      if (listener === null) return this.#tryAgainIfIncomplete();
      const queueTaken = listeners.takeBack(listener);
      this.#completeAccepting();
      return queueTaken;
    });
    const done = Promise.all([acceptance.done, taken]).then(() => {}, listeners.failed);
    this.#acceptances.set(member, { ...acceptance, done });
  }

  #memberForNext(): PoolMember | null {
    const { capacity = Number.POSITIVE_INFINITY } = this.#options;
    const free = [...this.#members].filter(({ isUsable, load }) => isUsable && load < capacity);
    // A worker that accepts is never without work, so a connection that waits for a starting worker would not move to
    // it.
    const lag = ({ wasReady }: PoolMember) => (wasReady || this.#listeners === null ? 0 : 1);
    free.sort((one, other) => lag(one) - lag(other) || one.load - other.load);
    // A worker that computes gets no connection as long as another worker exists, or may be started.
    const heardWithin = (time: number) => free.find((member) => member.silence() < time);
    const best = heardWithin(BUSY);
    const wantsMore = best === undefined || best.load > 0;
    if (wantsMore && this.#mayStart()) return this.#startMember();
    return best ?? heardWithin(STUCK) ?? free[0] ?? null;
  }

  #mayStart(): boolean {
    return (
      !this.#isClosed && this.#members.size < this.#options.size() && performance.now() >= this.#startAgain
    );
  }

  #startMember(): PoolMember {
    const failures = this.#failures;
    const member: PoolMember = new PoolMember(this.#options, {
      ready: () => {
        this.#hasStarted = true;
        this.#failures = 0;
        this.#takeWaiting(member);
        this.#completeAccepting();
      },
      done: () => this.#freed(member),
      ended: (error, waiting) => {
        this.#members.delete(member);
        this.#acceptances.delete(member);
        if (!member.isEnding) this.#died(member, error, failures);
        this.#ended(waiting);
      },
    });
    this.#members.add(member);
    for (const told of this.#options.told.values()) member.send({ type: "tell", ...told });
    return member;
  }

  #freed(member: PoolMember): void {
    this.#takeWaiting(member);
    if (this.#isClosed && member.load === 0) void member.end();
    this.#events.emit("freed");
  }

  /**
   * Gives a worker without a connection a connection that waits for another worker to start. On a busy machine,
   * starting a process may take longer than a closing server waits.
   */
  #takeWaiting(member: PoolMember): void {
    if (!member.wasReady || !member.isUsable || member.load > 0) return;
    for (const starting of this.#members) {
      const job = starting.giveAway();
      if (job === undefined) continue;
      member.take(job);
      if (this.#isClosed && starting.load === 0) void starting.end();
      return;
    }
  }

  /** @param waiting - connections of a worker that was never able to serve */
  #ended(waiting: readonly Job[]): void {
    for (const job of waiting) {
      const other = this.#memberForNext();
      if (other === null) giveUp(job);
      else other.take(job);
    }
    this.#events.emit("freed");
    this.#completeAccepting();
  }

  // After one failed start, the next worker starts at once: the first may have been killed from outside. After two,
  // further starts would probably fail too, and each connection would cause one.
  #died({ wasReady }: PoolMember, error: WorkerError, failuresBefore: number): void {
    const isAnotherFailure = !wasReady && failuresBefore === this.#failures;
    if (isAnotherFailure && ++this.#failures > 1) this.#startAgain = performance.now() + RESTART_DELAY;
    // If no worker has ever started, `start` reports the error.
    if (this.#hasStarted && (wasReady || (isAnotherFailure && this.#failures === 1)))
      this.#options.died(error);
  }
}
