import type { BaseRequestHandler, BaseServer } from "pyserve/socketserver";

/** Action of an override before it calls the original method. */
export type Interference = () => unknown;

type Methods = Record<string, (...args: unknown[]) => unknown>;
type AnyClass = new (...args: never[]) => object;

/** The hooks of a server and of its handlers that are called for a request, in this order. */
export const SERVER_HOOKS = [
  "get_request",
  "verify_request",
  "process_request",
  "finish_request",
  "shutdown_request",
  "close_request",
  "handle_error",
] as const satisfies readonly (keyof BaseServer)[];
export const HANDLER_HOOKS = [
  "setup",
  "handle",
  "finish",
] as const satisfies readonly (keyof BaseRequestHandler)[];

/**
 * Returns a subclass whose methods write their names to `log`, and then call the base's method.
 *
 * @param asynchronous - true if each is an `async` method that first waits a turn
 * @param interference - actions of some methods in between, usually to throw
 */
export function logging<Class extends AnyClass>(
  Class: Class,
  hooks: readonly string[],
  log: string[],
  asynchronous: boolean,
  interference: Readonly<Record<string, Interference>> = {},
): Class {
  const Logging = class extends (Class as AnyClass) {};
  const base = Class.prototype as Methods;
  const prototype = Logging.prototype as unknown as Methods;
  for (const hook of hooks) {
    const call = function (this: object, ...args: unknown[]) {
      log.push(hook);
      const instead = interference[hook]?.();
      return instead ?? base[hook]?.apply(this, args);
    };
    prototype[hook] = asynchronous
      ? async function (this: object, ...args: unknown[]) {
          await Promise.resolve();
          return call.apply(this, args);
        }
      : call;
  }
  return Logging as unknown as Class;
}
