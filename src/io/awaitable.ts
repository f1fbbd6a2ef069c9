/**
 * A value that is there already, or a promise of it.
 *
 * What blocks in Python is a method of this type here. A hook that answers at once costs no turn of the event loop,
 * and one that has to wait is simply `async`; whoever calls it writes `await` for both.
 */
export type Awaitable<T> = T | PromiseLike<T>;

/** True if a hook's answer has to be waited for. */
export function isPromise<T>(value: Awaitable<T>): value is PromiseLike<T> {
  return typeof value === "object" && value !== null && typeof (value as PromiseLike<T>).then === "function";
}

/** A rejection that nobody awaits would end the process; one that somebody awaits still reaches them. */
export function quiet<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => {});
  return promise;
}
