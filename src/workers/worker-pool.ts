import type { Server, Socket } from "node:net";
import type { Assignment, ServerMethod, StartWorker } from "./messages.js";
import { type Acceptance, PoolMember, type Serving } from "./pool-member.js";
import type { WorkerError } from "./worker-error.js";

/** Milliseconds before another worker is started after two in a row that could not even start. */
const RESTART_DELAY = 1000;

/** Milliseconds that a worker may take to give back its listening server: one that computes does not. */
const RECALL_DELAY = 1000;

/** What the workers of a pool accept from. */
export interface Listeners {
  /** Returns a server that listens, for one more worker. */
  supply(): Server;
  /** Takes back a server that listens, with its queue. */
  takeBack(listener: Server): void;
  /** Told that a worker accepts no more. What it has accepted may go on. */
  stopped(acceptance: Acceptance): void;
  /** Told what {@link supply} throws. */
  failed(error: unknown): void;
}

/** What a pool needs of its server. */
export interface PoolOptions {
  /** How many workers at most. */
  readonly size: () => number;
  /** How many connections each of them serves at the same time; without limit where it is left out. */
  readonly capacity?: number;
  readonly start: StartWorker;
  /** What each worker is told when it starts. */
  readonly assignment: Assignment;
  /** True if a connection that is served keeps the process alive. */
  readonly keepsAlive: () => boolean;
  /** Told when a worker has died, and when one can't start that was to replace it: of several in a row, the first. */
  readonly died: (error: WorkerError) => void;
  /** Does what a handler in a worker calls. */
  readonly call: (method: ServerMethod) => Promise<unknown>;
}

/** Workers, threads or processes: started as they are needed, kept, and replaced when they die. */
export class WorkerPool {
  readonly #options: PoolOptions;
  readonly #members = new Set<PoolMember>();
  #awaitsFreed: (() => void)[] = [];
  #hasStarted = false;
  #giveUp: () => void = () => {};
  #isLeaving = false;
  #isDraining = false;
  #isClosed = false;
  #failures = 0;
  #startAgain = 0;
  #listeners: Listeners | null = null;
  #tryAgain: NodeJS.Timeout | undefined;
  readonly #acceptances = new Map<PoolMember, Acceptance>();
  #update: unknown;

  constructor(options: PoolOptions) {
    this.#options = options;
  }

  /** How many workers there are. */
  get size(): number {
    return this.#members.size;
  }

  /** How many connections are served. */
  get load(): number {
    let load = 0;
    for (const member of this.#members) load += member.load;
    return load;
  }

  /** The numbers of the workers that serve connections. */
  busy(): number[] {
    return [...this.#members].filter(({ load }) => load > 0).map(({ id }) => id);
  }

  /** Resolves when the serving of another connection has ended. */
  freed(): Promise<void> {
    return new Promise((resolve) => this.#awaitsFreed.push(resolve));
  }

  /** Starts the first worker; rejects where it can't serve, and none could. Resolves also by {@link stopStarting}. */
  async start(): Promise<void> {
    if (this.#hasStarted || this.#isClosed) return;
    const [first = this.#startMember()] = this.#members;
    const givenUp = new Promise<void>((resolve) => {
      this.#giveUp = resolve;
    });
    first.hold();
    await Promise.race([first.ready, givenUp]);
    first.rest();
  }

  /** Nobody waits for the first worker any more, whose module may take as long as it wants. */
  stopStarting(): void {
    this.#giveUp();
  }

  /** Has a connection served, by the worker with the fewest among those that answer. */
  serve(connection: Socket, client_address: unknown): Serving {
    const member = this.#memberForNext();
    if (member !== null) return member.serve(connection, client_address);
    connection.destroy();
    return { done: Promise.resolve(), closed: Promise.resolve() };
  }

  /** Has all workers accept connections by themselves, each from a listening server of its own. */
  beginAccepting(listeners: Listeners): void {
    this.#listeners = listeners;
    this.#completeAccepting();
  }

  /**
   * Has the workers accept no more. Resolves when they have given back what they accept from; of one that computes, that
   * comes later.
   */
  async endAccepting(): Promise<void> {
    const listeners = this.#listeners;
    if (listeners === null) return;
    this.#listeners = null;
    const returned = [...this.#acceptances].map(async ([member, acceptance]) => {
      listeners.stopped(acceptance);
      const listener = await member.recall();
      if (listener !== null) listeners.takeBack(listener);
    });
    this.#acceptances.clear();
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, RECALL_DELAY);
    });
    await Promise.race([Promise.all(returned), late]);
    clearTimeout(timer);
  }

  /** Tells the workers whether the server will close soon. */
  leave(isLeaving: boolean): void {
    this.#isLeaving = isLeaving;
    for (const member of this.#members) member.send({ type: "leave", isLeaving });
  }

  /** Has the workers bring what they serve to an end. */
  drain(): void {
    this.stopStarting();
    this.#isDraining = true;
    for (const member of this.#members) member.send({ type: "drain" });
  }

  /** Cuts off a connection. */
  abort(connection: Socket): void {
    for (const member of this.#members) member.abort(connection);
  }

  /** Tells the workers something about the server. Those that start later are told the last of it. */
  update(update: unknown): void {
    this.#update = update;
    for (const member of this.#members) member.send({ type: "update", update });
  }

  /** What each worker has done so far; `null` from one that does not say so soon. */
  reports(): Promise<unknown[]> {
    return Promise.all([...this.#members].map((member) => member.report()));
  }

  /**
   * Ends the workers.
   *
   * @param isForced - also those that still serve; else they end when they are done, and are not waited for
   */
  async close(isForced: boolean): Promise<void> {
    this.#isClosed = true;
    const ending = [...this.#members].filter((member) => isForced || member.load === 0);
    await Promise.all(ending.map((member) => member.end()));
  }

  /** As many as there may be accept: also in place of those that have died. */
  #completeAccepting(): void {
    if (this.#listeners === null || this.#isClosed) return;
    try {
      while (this.#mayStart()) this.#startMember();
      for (const member of this.#members) if (member.isUsable && !member.isAccepting) this.#accept(member);
    } catch (error) {
      this.#listeners.failed(error);
    }
    clearTimeout(this.#tryAgain);
    if (this.#acceptances.size >= this.#options.size()) return;
    this.#tryAgain = setTimeout(() => this.#completeAccepting(), RESTART_DELAY).unref();
  }

  #accept(member: PoolMember): void {
    const listener = this.#listeners?.supply();
    if (listener === undefined) return;
    const acceptance = member.accept(listener);
    const done = acceptance.done.catch((error) => {
      this.#acceptances.delete(member);
      this.#listeners?.failed(error);
    });
    this.#acceptances.set(member, { ...acceptance, done });
  }

  #memberForNext(): PoolMember | null {
    const { capacity = Number.POSITIVE_INFINITY } = this.#options;
    const free = [...this.#members].filter(({ isUsable, load }) => isUsable && load < capacity);
    free.sort((one, other) => one.load - other.load);
    // One that computes gets no connection as long as there is another one, or may be.
    const best = free.find(({ answers }) => answers);
    const wantsMore = best === undefined || best.load > 0;
    return wantsMore && this.#mayStart() ? this.#startMember() : (best ?? free[0] ?? null);
  }

  #mayStart(): boolean {
    return (
      !this.#isClosed && this.#members.size < this.#options.size() && performance.now() >= this.#startAgain
    );
  }

  #startMember(): PoolMember {
    const member: PoolMember = new PoolMember(this.#options, {
      ready: () => {
        this.#hasStarted = true;
        this.#failures = 0;
      },
      done: () => this.#freed(member),
      ended: (error) => this.#ended(member, error),
    });
    this.#members.add(member);
    if (this.#update !== undefined) member.send({ type: "update", update: this.#update });
    if (this.#isLeaving) member.send({ type: "leave", isLeaving: true });
    if (this.#isDraining) member.send({ type: "drain" });
    return member;
  }

  #freed(member: PoolMember): void {
    if (this.#isClosed && member.load === 0) void member.end();
    this.#wakeWaiting();
  }

  #ended(member: PoolMember, error: WorkerError): void {
    this.#members.delete(member);
    this.#acceptances.delete(member);
    if (!member.isEnding) this.#died(member, error);
    this.#wakeWaiting();
    this.#completeAccepting();
  }

  // One that could not start is followed by the next at once: it may have been killed. The next ones would fail alike, and
  // each connection start one.
  #died(member: PoolMember, error: WorkerError): void {
    if (!member.wasReady && ++this.#failures > 1) this.#startAgain = performance.now() + RESTART_DELAY;
    // What is wrong from the beginning, `start` tells.
    if (this.#hasStarted && (member.wasReady || this.#failures === 1)) this.#options.died(error);
  }

  #wakeWaiting(): void {
    const waiting = this.#awaitsFreed;
    this.#awaitsFreed = [];
    for (const resolve of waiting) resolve();
  }
}
