import { OptionError } from "../errors/coded-error.js";
import { nearestName, similarName } from "../errors/nearest-name.js";
import type { Awaitable } from "../io/awaitable.js";

/** The part of `BaseRequestHandler` that a server calls. */
export interface HandlerLike {
  /** Called first. If it fails, no other method is called. */
  setup(): Awaitable<void>;
  /** Does the work. */
  handle(): Awaitable<void>;
  /** Called after `handle`, even if that failed. */
  finish(): Awaitable<void>;
  /** Called when the server closes. The handler should end soon. */
  drain?(): void;
}

// TypeScript compares the parameters of a class's constructor in both directions, and those of a type `new (…) => …` in
// one direction. Both directions are needed to accept handlers for one server class and for all, but not handlers for
// datagrams.
declare class Handler<Request, Address, Args extends object> implements HandlerLike {
  constructor(request: Request, client_address: Address, server: unknown, args?: Args);
  setup(): Awaitable<void>;
  handle(): Awaitable<void>;
  finish(): Awaitable<void>;
}

/**
 * The class of a handler for a server's requests.
 *
 * @typeParam Request - type of a request
 * @typeParam Address - type of an address
 * @typeParam Args - type of the last argument of its constructor: the server's `handler_args`
 */
export type RequestHandlerClass<Request, Address, Args extends object = object> = typeof Handler<
  Request,
  Address,
  Args
>;

/**
 * Key of the static method with which a handler class checks the values of its arguments, before a handler is created.
 */
export const CHECK_ARGS = Symbol("checkArgs");

/** Declaration of a handler class's arguments. */
interface Arguments {
  /** Names of the arguments. The names that its bases declare are added. */
  readonly handler_args?: readonly string[];
  /** Throws for an invalid value. */
  [CHECK_ARGS]?(args: object, Class: object): void;
}

/**
 * Checks that a server's `RequestHandlerClass` is a class.
 *
 * @param value - argument of the server's constructor
 * @throws `TypeError` that explains how to fix it
 */
export function checkHandlerClass(value: unknown): void {
  if (typeof value !== "function")
    throw new TypeError(`RequestHandlerClass must be a class, not ${String(value)}.`);
  // A class from before the `class` syntax is a function too. Its prototype has `handle`.
  const { prototype } = value as { prototype?: Partial<HandlerLike> };
  if (/^class\b/.test(String(value)) || typeof prototype?.handle === "function") return;
  const name = value.name === "" ? "a function" : `the function ${value.name}`;
  throw new TypeError(
    `RequestHandlerClass must be a class, not ${name}: pass the class. Further arguments of its constructor go into the option handler_args; or override finish_request.`,
  );
}

/**
 * Checks the names of the arguments for a server's handlers, if their class declares them.
 *
 * A class with its own constructor, and without a list, may accept other arguments too. In this case, only a name that
 * is similar to a known one is an error.
 *
 * @param HandlerClass - the class
 * @param args - the arguments for its constructor
 * @throws {@link OptionError} that names the first unknown argument, and the most similar known one
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
 * Lets the handler class check the values of its arguments, before the server listens.
 *
 * @param HandlerClass - the class
 * @param args - the arguments for its constructor
 * @throws errors from the class about an invalid value
 */
export function checkHandlerValues(HandlerClass: unknown, args: object | undefined): void {
  const Class = HandlerClass as AnyClass;
  Class[CHECK_ARGS]?.(args ?? {}, Class);
}

/**
 * Returns the names of the arguments that a handler class and its bases declare.
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
 * Returns a hint for an option that a server does not have: the place where it belongs.
 *
 * @param key - name of the option
 * @param HandlerClass - the class of its handlers
 * @param settings - the server's class, which has its settings
 * @returns the end of a sentence; `undefined` if the name is unknown
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
