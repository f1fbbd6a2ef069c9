/**
 * Decides which listing is prepared next, and which clients may keep one.
 *
 * Preparing the listing of a large directory takes a second, and megabytes of memory. A client can request it on each
 * of its connections, and then read it as slowly as it likes.
 *
 * @module
 */

/** A request that waits for a listing. */
export interface Applicant {
  /** Key of requests that share one place in the queue: the address of the client. */
  readonly client: string;
  /** Number of listings that may be prepared at the same time. */
  readonly limit: number;
  /** Aborted when the client no longer waits. */
  readonly signal: AbortSignal;
  /** Called once, when others need the memory: the listing must be closed soon. */
  giveUp(): void;
}

/** A listing from its preparation to its end. */
export interface ListingSlot {
  /** Call it when the listing is prepared, so the next one may begin. The listing counts as held until `end`. */
  hold(): void;
  /** Call it when the listing has released everything. You may call it again. */
  end(): void;
}

/** Milliseconds that every client has to read its listing, even if others wait. */
const GRACE = 10_000;

interface Waiting {
  readonly applicant: Applicant;
  /** Requests with the lowest number are next. */
  readonly round: number;
  start(slot: ListingSlot): void;
}

/**
 * A queue that is fair between clients, with a limit on prepared listings that slow clients are still reading.
 *
 * The queue serves one request of each client, then the next of each. So a client with a thousand requests delays only
 * itself. A request that may prepare its listing has a slot until the listing is prepared. If clients hold too many prepared
 * listings, the queue closes listings that are older than {@link GRACE}, first those of the client that has the most.
 */
export class ListingQueue {
  #taken = 0;
  #round = 0;
  readonly #waiting = new Set<Waiting>();
  /** Times of preparation, the oldest first. */
  readonly #held = new Map<Applicant, number>();
  readonly #clock: () => number;

  /** @param clock - milliseconds that do not go back; a parameter for tests */
  constructor(clock: () => number = () => performance.now()) {
    this.#clock = clock;
  }

  /**
   * Takes a slot, at once if one is free.
   *
   * @returns the slot; the caller must end it. A promise if no slot is free; it rejects with the signal's reason
   */
  take(applicant: Applicant): ListingSlot | Promise<ListingSlot> {
    const { client, limit, signal } = applicant;
    if (this.#taken < limit && this.#waiting.size === 0) return this.#give(applicant);
    return new Promise((resolve, reject) => {
      if (signal.aborted) return reject(signal.reason);
      const leave = () => {
        this.#waiting.delete(waiting);
        reject(signal.reason);
        this.#startNext(); // the next request may have a larger limit
      };
      const start = (slot: ListingSlot) => {
        signal.removeEventListener("abort", leave);
        resolve(slot);
      };
      const own = [...this.#waiting].filter((other) => other.applicant.client === client);
      const waiting = {
        applicant,
        round: Math.max(this.#round, ...own.map(({ round }) => round + 1)),
        start,
      };
      signal.addEventListener("abort", leave, { once: true });
      this.#waiting.add(waiting);
    });
  }

  #give(applicant: Applicant): ListingSlot {
    let state: "preparing" | "held" | "ended" = "preparing";
    const become = (next: "held" | "ended") => {
      if (state === "ended" || state === next) return;
      const before = state;
      state = next;
      if (next === "held") this.#hold(applicant);
      else this.#held.delete(applicant);
      if (before !== "preparing") return;
      this.#taken -= 1;
      this.#startNext();
    };
    this.#taken += 1;
    return { hold: () => become("held"), end: () => become("ended") };
  }

  #startNext(): void {
    while (this.#waiting.size > 0) {
      this.#round = Math.min(...Array.from(this.#waiting, ({ round }) => round));
      const next = [...this.#waiting].find(({ round }) => round === this.#round) as Waiting;
      if (this.#taken >= next.applicant.limit) return;
      this.#waiting.delete(next);
      next.start(this.#give(next.applicant));
    }
  }

  #hold(applicant: Applicant): void {
    const now = this.#clock();
    this.#held.set(applicant, now);
    while (this.#held.size > applicant.limit) {
      const late = [...this.#held].filter(([, since]) => now - since > GRACE).map(([one]) => one);
      const countOf = ({ client }: Applicant) => late.filter((other) => other.client === client).length;
      const most = Math.max(...late.map(countOf));
      const one = late.find((other) => countOf(other) === most);
      if (one === undefined) return;
      this.#held.delete(one);
      one.giveUp();
    }
  }
}
