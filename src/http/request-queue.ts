import type { Socket } from "node:net";
import type { FirstRequest } from "../socketserver/base-server.js";

const PLACE = Symbol("place");

/** A connection, and the field that leads from it to its place in the queue. */
interface Placed {
  [PLACE]?: Place;
}

/**
 * Lets one request after the other be served, among connections that are all open.
 *
 * `HTTPServer` serves in this way, as in Python. Only Python's old trap is gone: there, a connection that sends nothing, or idles
 * between two requests, keeps every other one waiting (bpo-31639). Here a connection joins the queue when a request has come.
 *
 * `handle_request()` lets a single request be served, and the others wait for the next call.
 */
export class RequestQueue {
  readonly #waiting: Place[] = [];
  #holder: Place | undefined;
  #first: First | undefined;
  #isClosed = false;

  /** True if a single request is to be served, and no other behind it on its connection. */
  get isForOne(): boolean {
    return this.#first !== undefined;
  }

  /** Returns the place of a connection in its queue; `undefined` if its requests are served at once. */
  static placeOf(connection: object): Place | undefined {
    return (connection as Placed)[PLACE];
  }

  /** Gives a connection a place among the others. */
  admit(connection: Socket): Place {
    const place = new Place(this, connection);
    place.adopt(connection);
    if (this.#first !== undefined) this.#first.isApart = true;
    return place;
  }

  /** Lets requests be served without an end. */
  open(): void {
    this.#isClosed = false;
    this.#next();
  }

  /**
   * Lets one request be served.
   *
   * @param begun - called when it has come
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

  /** Closes the connections of requests that wait for a further `handle_request()`, which will not come. */
  closeWaiting(): void {
    if (!this.#isClosed) return;
    for (const place of this.#waiting) place.connection.destroy();
  }

  /** Takes the turn, or says when it comes: also where the connection has ended meanwhile, and there is nothing to serve. */
  take(place: Place): Promise<void> | undefined {
    if (this.#mayServe()) {
      this.#serve(place);
      return undefined;
    }
    this.#waiting.push(place);
    return place.wait();
  }

  /** Gives the turn of a place, if it has it, to the one that has waited longest. */
  give(place: Place): void {
    if (this.#holder !== place) return;
    this.#holder = undefined;
    this.#next();
  }

  /** A place whose connection has ended waits no more. */
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

/** The place of a connection among those that take turns. */
export class Place {
  readonly connection: Socket;
  /** Resolves when the connection is done; set by who serves it. */
  work: PromiseLike<void> | undefined;
  readonly #queue: RequestQueue;
  #go: (() => void) | undefined;
  #ended: () => void = () => {};

  constructor(queue: RequestQueue, connection: Socket) {
    this.#queue = queue;
    this.connection = connection;
  }

  /** Makes it the place of another connection too: of what a connection has become. */
  adopt(connection: object): void {
    (connection as Placed)[PLACE] = this;
  }

  /** Takes the turn. Returns a promise if others are before. */
  take(): Promise<void> | undefined {
    return this.#queue.take(this);
  }

  /** The request is served, or there was none. */
  give(): void {
    this.#queue.give(this);
  }

  /** Waits for the turn, or for the end of the connection. */
  wait(): Promise<void> {
    this.#ended = () => {
      this.#queue.leave(this);
      this.go();
    };
    this.connection.once("close", this.#ended);
    return new Promise((resolve) => {
      this.#go = resolve;
    });
  }

  /** It waits no more. */
  go(): void {
    this.connection.off("close", this.#ended);
    this.#go?.();
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
