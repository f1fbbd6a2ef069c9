/**
 * Whose listing is prepared next, and who may keep one.
 *
 * To prepare the listing of a large directory takes a second, and megabytes. A client can ask for it on each of its connections, and
 * then take it as slowly as it likes.
 *
 * @module
 */

/** Who wants to have a listing prepared. */
export interface Applicant {
  /** What those have in common that count as one: the address of a client. */
  readonly client: string;
  /** How many may have a turn at a time, when this one is to get it. */
  readonly limit: number;
  /** Aborted when nobody waits any more. */
  readonly signal: AbortSignal;
  /** Called once, when others have need of the memory: the listing has to be closed soon. */
  giveUp(): void;
}

/** A listing on its way, from when it may be prepared. */
export interface ListingTurn {
  /** It is prepared: another is next. What it holds goes on counting. */
  hold(): void;
  /** It holds nothing any more. May be called again. */
  end(): void;
}

/** Milliseconds for which everybody may take a listing, whoever else wants one. */
const GRACE = 10_000;

/**
 * Gives turns, and bounds what is held by clients that take their time.
 *
 * Turns go round among clients, so that who asks a thousand times waits for itself. A turn is over when the listing is prepared,
 * which depends on nothing that its client does. What is held then is bounded in another way, since a client that takes it slowly
 * would else keep others waiting: of more listings than may be prepared at a time, those go that were held for longer than the grace,
 * of the client with the most of them first. So the others are as many as can be prepared in that time.
 */
export class ListingTurns {
  #taken = 0;
  /** By client. The first is next, with its first. */
  readonly #waiting = new Map<string, Set<Waiting>>();
  /** In the order in which they were prepared. */
  readonly #held = new Set<Turn>();
  readonly #clock: () => number;

  /** @param clock - milliseconds that do not go back; a parameter for tests */
  constructor(clock: () => number = () => performance.now()) {
    this.#clock = clock;
  }

  /**
   * Takes a turn, at once where there is one.
   *
   * @returns the turn, to be ended; a promise where others are before, which rejects with the signal's reason
   */
  take(applicant: Applicant): ListingTurn | Promise<ListingTurn> {
    if (this.#taken < applicant.limit && this.#waiting.size === 0) return this.#give(applicant);
    return new Promise((resolve, reject) => this.#enqueue(applicant, resolve, reject));
  }

  #enqueue(
    applicant: Applicant,
    resolve: (turn: ListingTurn) => void,
    reject: (error: unknown) => void,
  ): void {
    const { client, signal } = applicant;
    if (signal.aborted) return reject(signal.reason);
    const leave = () => {
      this.#remove(client, waiting);
      reject(signal.reason);
    };
    const start = () => {
      signal.removeEventListener("abort", leave);
      resolve(this.#give(applicant));
    };
    const waiting: Waiting = { limit: applicant.limit, start };
    signal.addEventListener("abort", leave, { once: true });
    const own = this.#waiting.get(client);
    if (own === undefined) this.#waiting.set(client, new Set([waiting]));
    else own.add(waiting);
  }

  #remove(client: string, waiting: Waiting): void {
    const own = this.#waiting.get(client);
    own?.delete(waiting);
    if (own?.size === 0) this.#waiting.delete(client);
    this.#startNext(); // who is next now may have a larger limit
  }

  #give(applicant: Applicant): ListingTurn {
    this.#taken += 1;
    return new Turn(applicant, {
      over: () => {
        this.#taken -= 1;
        this.#startNext();
      },
      held: (turn) => this.#hold(turn),
      ended: (turn) => this.#held.delete(turn),
    });
  }

  #startNext(): void {
    for (const [client, own] of this.#waiting) {
      const [first] = own as Iterable<Waiting>;
      if (first === undefined || this.#taken >= first.limit) return;
      own.delete(first);
      this.#waiting.delete(client);
      if (own.size > 0) this.#waiting.set(client, own); // behind the others
      first.start();
    }
  }

  #hold(turn: Turn): void {
    turn.since = this.#clock();
    this.#held.add(turn);
    while (this.#held.size > turn.limit) {
      const one = this.#toGiveUp();
      if (one === undefined) return;
      this.#held.delete(one);
      one.giveUp();
    }
  }

  /** The oldest of the client that has the most of those that had their time. */
  #toGiveUp(): Turn | undefined {
    const late = [...this.#held].filter(({ since }) => this.#clock() - since > GRACE);
    const counts = new Map<string, number>();
    for (const { client } of late) counts.set(client, (counts.get(client) ?? 0) + 1);
    const most = Math.max(...counts.values());
    return late.find(({ client }) => counts.get(client) === most);
  }
}

interface Waiting {
  readonly limit: number;
  start(): void;
}

interface TurnEvents {
  over(): void;
  held(turn: Turn): void;
  ended(turn: Turn): void;
}

class Turn implements ListingTurn {
  /** Since when it is held, by the clock. */
  since = 0;
  readonly #applicant: Applicant;
  readonly #events: TurnEvents;
  #state: "preparing" | "held" | "ended" = "preparing";

  constructor(applicant: Applicant, events: TurnEvents) {
    this.#applicant = applicant;
    this.#events = events;
  }

  get client(): string {
    return this.#applicant.client;
  }

  get limit(): number {
    return this.#applicant.limit;
  }

  giveUp(): void {
    this.#applicant.giveUp();
  }

  hold(): void {
    if (this.#state !== "preparing") return;
    this.#state = "held";
    this.#events.over();
    this.#events.held(this);
  }

  end(): void {
    const before = this.#state;
    this.#state = "ended";
    if (before === "preparing") this.#events.over();
    if (before === "held") this.#events.ended(this);
  }
}
