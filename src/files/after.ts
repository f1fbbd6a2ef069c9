/** A value that is there already, or a promise of it. */
export type Awaitable<T> = T | PromiseLike<T>;

/**
 * Goes on with a value: at once if it is there, which costs no promise, else when it is.
 *
 * @param next - called once, unless the promise rejects
 */
export function after<T, R>(value: Awaitable<T>, next: (value: T) => Awaitable<R>): Awaitable<R> {
  // Not by isLater: this is called several times for each request.
  return typeof value === "object" && value !== null && typeof (value as PromiseLike<T>).then === "function"
    ? ((value as PromiseLike<T>).then(next) as PromiseLike<R>)
    : next(value as T);
}

/** True if a value has to be waited for. */
export function isLater<T>(value: Awaitable<T>): value is PromiseLike<T> {
  return typeof value === "object" && value !== null && typeof (value as PromiseLike<T>).then === "function";
}
