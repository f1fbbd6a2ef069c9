/**
 * A value, or a promise of it.
 *
 * Methods that block in Python return this type. A hook that returns at once causes no delay. A hook that waits is
 * `async`. The caller writes `await` for both.
 */
export type Awaitable<T> = T | PromiseLike<T>;

/** True if a hook's result must be awaited. */
export function isPromise<T>(value: Awaitable<T>): value is PromiseLike<T> {
  return typeof value === "object" && value !== null && typeof (value as PromiseLike<T>).then === "function";
}

/**
 * Passes a value to a function: at once if it is not a promise, otherwise when the promise has resolved.
 *
 * @param next - called once, unless the promise rejects
 */
export function after<T, R>(value: Awaitable<T>, next: (value: T) => Awaitable<R>): Awaitable<R> {
  // Without a call of `isPromise`, because this runs several times for each request.
  return typeof value === "object" && value !== null && typeof (value as PromiseLike<T>).then === "function"
    ? ((value as PromiseLike<T>).then(next) as PromiseLike<R>)
    : next(value as T);
}

/**
 * Prevents a rejection that nobody handles from ending the process. Code that awaits the promise still gets the error.
 */
export function quiet<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => {});
  return promise;
}
