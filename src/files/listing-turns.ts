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

interface Waiting {
  readonly applicant: Applicant;
  /** Those with the lowest are next. */
  readonly round: number;
  start(turn: ListingTurn): void;
}

/**
 * Gives turns, and bounds what is held by clients that take their time.
 *
 * Turns go round among clients, so a client that asks a thousand times waits for itself. A turn is over when the listing is prepared. Of
 * more prepared ones than may be prepared at a time, those go that were held for longer than the grace, of the client with the most of
 * them first.
 */
export class ListingTurns {
  #taken = 0;
  #round = 0;
  readonly #waiting = new Set<Waiting>();
  /** When each was prepared, the oldest first. */
  readonly #held = new Map<Applicant, number>();
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
    const { client, limit, signal } = applicant;
    if (this.#taken < limit && this.#waiting.size === 0) return this.#give(applicant);
    return new Promise((resolve, reject) => {
      if (signal.aborted) return reject(signal.reason);
      const leave = () => {
        this.#waiting.delete(waiting);
        reject(signal.reason);
        this.#startNext(); // who is next now may have a larger limit
      };
      const start = (turn: ListingTurn) => {
        signal.removeEventListener("abort", leave);
        resolve(turn);
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

  #give(applicant: Applicant): ListingTurn {
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
