const QUEUE = Symbol("queue");

/** A connection, and the field that leads from it to the queue of its requests. */
interface Queued {
  [QUEUE]?: RequestQueue;
}

/**
 * Lets one request after the other be served, among connections that are all open.
 *
 * `HTTPServer` serves in this way, as in Python. Only Python's old trap is gone: there, a connection that sends nothing, or idles
 * between two requests, keeps every other one waiting (bpo-31639). Here a connection joins the queue when a request has come.
 */
export class RequestQueue {
  readonly #waiting: (() => void)[] = [];
  #taken = false;

  /** Returns the queue that the requests of a connection wait in; `undefined` if they are served at once. */
  static of(connection: object): RequestQueue | undefined {
    return (connection as Queued)[QUEUE];
  }

  /** Has the requests of a connection wait in this queue. */
  admit(connection: object): void {
    (connection as Queued)[QUEUE] = this;
  }

  /** Takes the turn. Returns a promise if others are before. */
  take(): Promise<void> | undefined {
    if (this.#taken) return new Promise((resolve) => this.#waiting.push(resolve));
    this.#taken = true;
    return undefined;
  }

  /** Gives the turn to the request that has waited longest. */
  give(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#taken = false;
    else next();
  }
}
