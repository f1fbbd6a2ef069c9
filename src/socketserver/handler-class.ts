import { nearestName, similarName } from "../errors/nearest-name.js";
import { OptionError } from "../errors/option-error.js";
import type { Awaitable } from "../io/awaitable.js";

/** The part of `BaseRequestHandler` that a server calls. */
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
declare class Handler<Request, Address, Args extends object> implements HandlerLike {
  constructor(request: Request, client_address: Address, server: unknown, args?: Args);
  setup(): Awaitable<void>;
  handle(): Awaitable<void>;
  finish(): Awaitable<void>;
}

/**
 * The class of a handler for a server's requests.
 *
 * @typeParam Request - what the server serves
 * @typeParam Address - what its addresses are
 * @typeParam Args - what its constructor takes as its last argument: the server's `handler_args`
 */
export type RequestHandlerClass<Request, Address, Args extends object = object> = typeof Handler<
  Request,
  Address,
  Args
>;

/** The method by which a class of handlers looks at the values of its arguments, before there is a handler. */
export const CHECK_ARGS = Symbol("checkArgs");

/** Declaration of a handler class's arguments. */
interface Arguments {
  /** Their names, beside those of its bases. */
  readonly handler_args?: readonly string[];
  /** Throws for a value that can't be right. */
  [CHECK_ARGS]?(args: object, Class: object): void;
}

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
    `RequestHandlerClass must be a class, not ${name}: pass the class. Further arguments of its constructor go into the option handler_args; or override finish_request.`,
  );
}

/**
 * Checks the arguments for a server's handlers, as far as their class says which it takes.
 *
 * A class with a constructor of its own, and without a list, may take others too: then only a name that is nearly one of the known
 * is refused.
 *
 * @param HandlerClass - the class
 * @param args - what its constructor is to be given
 * @throws {@link OptionError} that names the first unknown one, and the nearest known
 */
export function checkHandlerArgs(HandlerClass: unknown, args: unknown): void {
  const Class = HandlerClass as AnyClass;
  if (args !== undefined && (typeof args !== "object" || args === null))
    throw new TypeError(`handler_args must be an object, not ${String(args)}.`);
  const names = namesOfArgs(Class);
  if (names.size > 0)
    for (const key of Object.keys(args ?? {})) if (!names.has(key)) refuseArgument(Class, names, key);
}

/**
 * Has the class of a server's handlers look at the values of their arguments, before anything listens.
 *
 * @param HandlerClass - the class
 * @param args - what its constructor is to be given
 * @throws what the class says of a value that can't be right
 */
export function checkHandlerValues(HandlerClass: unknown, args: object | undefined): void {
  const Class = HandlerClass as AnyClass;
  Class[CHECK_ARGS]?.(args ?? {}, Class);
}

/**
 * The names of the arguments that a class of handlers and its bases say that they take; none where nobody says any.
 *
 * @param HandlerClass - the class
 */
export function namesOfArgs(HandlerClass: unknown): ReadonlySet<string> {
  return new Set(
    [...basesOf(HandlerClass as AnyClass)].flatMap((Class) =>
      Object.hasOwn(Class, "handler_args") ? (Class.handler_args ?? []) : [],
    ),
  );
}

type AnyClass = (abstract new (...args: never[]) => object) & Arguments;

function refuseArgument(Class: AnyClass, names: ReadonlySet<string>, key: string): void {
  const similar = similarName(key, names);
  if (similar === undefined && hasOwnConstructor(Class)) return;
  const nearest = similar ?? nearestName(key, names);
  throw new OptionError(
    `${Class.name} has no argument ${key} in handler_args${meantArgument(Class, names, key, nearest)}`,
  );
}

function meantArgument(
  Class: AnyClass,
  names: ReadonlySet<string>,
  key: string,
  nearest: string | undefined,
): string {
  if (key in Class.prototype) return `: it is a class attribute. Set "static ${key} = …" in a subclass.`;
  if (nearest !== undefined) return `: did you mean ${nearest}?`;
  return `. Its arguments are ${[...names].join(", ")}. A class with other arguments names them: static handler_args = [${JSON.stringify(key)}].`;
}

/** True if a class below the one that names its arguments has a constructor with parameters. */
function hasOwnConstructor(Class: AnyClass): boolean {
  for (const one of basesOf(Class)) {
    if (Object.hasOwn(one, "handler_args")) return false;
    if (one.length > 0) return true;
  }
  return false;
}

function* basesOf(Class: AnyClass): Generator<AnyClass> {
  for (let one = Class; typeof one === "function"; one = Object.getPrototypeOf(one)) yield one;
}

/**
 * Says where an option belongs that a server does not have.
 *
 * @param key - the option
 * @param HandlerClass - the class of its handlers
 * @param settings - the server's class, by which its settings are found
 * @returns the end of a sentence; `undefined` where nobody knows it
 */
export function placeOfOption(key: string, HandlerClass: unknown, settings: object): string | undefined {
  if (namesOfArgs(HandlerClass).has(key))
    return `: it is an argument of the handler. Give handler_args: { ${key}: … }.`;
  if (key in settings)
    return `: it is a class attribute. Set "static ${key} = …" in a subclass, or assign it to the server.`;
  const { prototype, name } = HandlerClass as AnyClass;
  return key in prototype
    ? `: it is a class attribute of the handler. Set "static ${key} = …" in a subclass of ${name}.`
    : undefined;
}
