import type { Socket } from "node:net";
import type { FirstRequest } from "../socketserver/base-server.js";

const PLACE = Symbol("place");

/** A connection with the field for its place in the queue. */
interface Placed {
  [PLACE]?: Place;
}

/**
 * Serves the requests of many open connections one after another.
 *
 * `HTTPServer` serves in this way, as in Python. In Python, a connection that sends nothing, or idles between two
 * requests, delays all others (bpo-31639). Here, a connection joins the queue only when a request has arrived.
 *
 * `handle_request()` serves a single request. The others wait for the next call.
 */
export class RequestQueue {
  readonly #waiting: Place[] = [];
  #holder: Place | undefined;
  #first: First | undefined;
  #isClosed = false;

  /** True while only a single request may be served, so its connection gets no further request. */
  get isForOne(): boolean {
    return this.#first !== undefined;
  }

  /** Returns the place of a connection in its queue; `undefined` if its requests are served at once. */
  static placeOf(connection: object): Place | undefined {
    return (connection as Placed)[PLACE];
  }

  /** Adds a connection, and returns its place. */
  admit(connection: Socket): Place {
    const place = new Place(this, connection);
    place.adopt(connection);
    if (this.#first !== undefined) this.#first.isApart = true;
    return place;
  }

  /** Opens the queue for any number of requests. */
  open(): void {
    this.#isClosed = false;
    this.#next();
  }

  /**
   * Opens the queue for one request.
   *
   * @param begun - called when it has arrived
   */
  openForOne(begun: () => void): FirstRequest {
    const first = new First(begun, () => {
      this.#first = undefined;
      this.#isClosed = true;
    });
    this.#first = first;
    this.open();
    return first;
  }

  /** Closes the connections of requests that wait for the next `handle_request()`, because it will not be called. */
  closeWaiting(): void {
    if (!this.#isClosed) return;
    for (const place of this.#waiting) place.connection.destroy();
  }

  /**
   * Begins the request of a place, or returns a promise that resolves when the request may begin. The promise also
   * resolves if the connection has ended in the meantime; then no request is left.
   */
  take(place: Place): Promise<void> | undefined {
    if (this.#mayServe()) {
      this.#serve(place);
      return undefined;
    }
    this.#waiting.push(place);
    return place.wait();
  }

  /** Ends the request of a place. The place that has waited longest is next. */
  give(place: Place): void {
    if (this.#holder !== place) return;
    this.#holder = undefined;
    this.#next();
  }

  /** Removes a place whose connection has ended. */
  leave(place: Place): void {
    const at = this.#waiting.indexOf(place);
    if (at >= 0) this.#waiting.splice(at, 1);
  }

  #mayServe(): boolean {
    return this.#holder === undefined && !this.#isClosed && this.#first?.place === undefined;
  }

  #next(): void {
    while (this.#waiting.length > 0 && this.#mayServe()) {
      const next = this.#waiting.shift() as Place;
      this.#serve(next);
      next.go();
    }
  }

  #serve(place: Place): void {
    this.#holder = place;
    this.#first?.begin(place);
  }
}

/** The place of a connection in a queue. */
export class Place {
  readonly connection: Socket;
  /** Resolves when the connection is done. Set by the code that serves it. */
  work: PromiseLike<void> | undefined;
  readonly #queue: RequestQueue;
  /** Ends the wait. Set while it waits. */
  go: () => void = () => {};

  constructor(queue: RequestQueue, connection: Socket) {
    this.#queue = queue;
    this.connection = connection;
  }

  /** Uses this place for another connection too: for the TLS connection on top of a connection. */
  adopt(connection: object): void {
    (connection as Placed)[PLACE] = this;
  }

  /** Begins the request. Returns a promise if others are first. */
  take(): Promise<void> | undefined {
    return this.#queue.take(this);
  }

  /** Ends the request. Also called if there was none. */
  give(): void {
    this.#queue.give(this);
  }

  /** Waits until the request may begin, or the connection ends. */
  wait(): Promise<void> {
    return new Promise((resolve) => {
      const ended = () => {
        this.#queue.leave(this);
        resolve();
      };
      this.go = () => {
        this.connection.off("close", ended);
        resolve();
      };
      this.connection.once("close", ended);
    });
  }
}

/** The one request that `handle_request()` serves. */
class First implements FirstRequest {
  isApart = false;
  place: Place | undefined;
  readonly #begun: () => void;
  readonly close: () => void;

  constructor(begun: () => void, close: () => void) {
    this.#begun = begun;
    this.close = close;
  }

  get served(): PromiseLike<void> | undefined {
    return this.place === undefined ? undefined : (this.place.work ?? Promise.resolve());
  }

  begin(place: Place): void {
    this.place = place;
    this.#begun();
  }
}
