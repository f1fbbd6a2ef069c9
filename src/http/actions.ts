import type { Awaitable } from "../io/awaitable.js";

const RETURNS_PROMISES = Symbol("returns promises");

/** `do_GET`, `do_POST`, …: serves the requests of a method. */
export type Action = (() => Awaitable<void>) & { [RETURNS_PROMISES]?: true };

/** Results of {@link nameOf} for the usual methods. */
const NAMES = new Map(
  ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH"].map((method) => [method, `do_${method}`]),
);

const AsyncFunction = (async () => {}).constructor;

/** Returns the handler's `do_` method for an HTTP method, or `undefined`. */
export function actionOf(handler: object, method: string): Action | undefined {
  const name = NAMES.get(method) ?? nameOf(method);
  const action = name === null ? undefined : (handler as Record<string, unknown>)[name];
  return typeof action === "function" ? (action as Action) : undefined;
}

/** Returns the methods that a handler serves, sorted: the value of `Allow`. */
export function methodsOf(handler: object): string[] {
  const methods = new Set<string>();
  for (let object = handler; object !== Object.prototype; object = Object.getPrototypeOf(object) as object)
    for (const name of Object.getOwnPropertyNames(object)) {
      const method = name.slice(3);
      if (name.startsWith("do_") && actionOf(handler, method) !== undefined) methods.add(method);
    }
  return [...methods].sort();
}

/** True if an action may continue after it has returned: it is `async`, or has returned a promise before. */
export function mayBeLate(act: Action): boolean {
  return act instanceof AsyncFunction || act[RETURNS_PROMISES] === true;
}

/** Records that an action has returned a promise. */
export function noteLate(act: Action): void {
  // A frozen function can't be marked.
  if (act[RETURNS_PROMISES] !== true) Reflect.set(act, RETURNS_PROMISES, true);
}

// The names of HTTP's methods are in upper case (RFC 9110 §16.1.1), so a helper such as `do_something` is not an
// action.
function nameOf(method: string): string | null {
  return /[a-z]/.test(method) ? null : `do_${method}`;
}
