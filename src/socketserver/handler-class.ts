import type { Awaitable } from "../io/awaitable.js";

/** What a server needs of a handler: the part of `BaseRequestHandler` that it calls. */
export interface HandlerLike {
  /** Called first. If it fails, nothing else is called. */
  setup(): Awaitable<void>;
  /** Does the work. */
  handle(): Awaitable<void>;
  /** Called after `handle`, also when that failed. */
  finish(): Awaitable<void>;
  /** Called when the server closes: the handler should come to an end soon. */
  drain?(): void;
}

// The parameters of a class's constructor are compared in both directions, those of a type `new (…) => …` in one. It takes
// the former to let in a handler for one class of servers, as well as one for all, and still keep out one for datagrams.
declare class Handler<Request, Address> implements HandlerLike {
  constructor(request: Request, client_address: Address, server: unknown, args?: object);
  setup(): Awaitable<void>;
  handle(): Awaitable<void>;
  finish(): Awaitable<void>;
}

/**
 * The class of a handler for a server's requests.
 *
 * @typeParam Request - what the server serves
 * @typeParam Address - what its addresses are
 */
export type RequestHandlerClass<Request, Address> = typeof Handler<Request, Address>;

/**
 * Checks that what makes a server's handlers is a class.
 *
 * @param value - what the constructor of a server was given
 * @throws `TypeError` that says what to do instead
 */
export function checkHandlerClass(value: unknown): void {
  if (typeof value !== "function")
    throw new TypeError(`RequestHandlerClass must be a class, not ${String(value)}.`);
  // A class in the style of before `class` is a function too. Its instances get `handle` from somewhere.
  const { prototype } = value as { prototype?: Partial<HandlerLike> };
  if (/^class\b/.test(String(value)) || typeof prototype?.handle === "function") return;
  const name = value.name === "" ? "a function" : `the function ${value.name}`;
  throw new TypeError(
    `RequestHandlerClass must be a class, not ${name}: give the class, and what its constructor is to be given beside the request as the option handler_args; or override finish_request.`,
  );
}
