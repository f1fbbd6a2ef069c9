/** A value, or a promise of it. */
export type Awaitable<T> = T | PromiseLike<T>;

/**
 * Continues with a value: at once, without a promise, or when the promise has resolved.
 *
 * @param next - called once, unless the promise rejects
 */
export function after<T, R>(value: Awaitable<T>, next: (value: T) => Awaitable<R>): Awaitable<R> {
  // Without a call of `isLater`, because this runs several times for each request.
  return typeof value === "object" && value !== null && typeof (value as PromiseLike<T>).then === "function"
    ? ((value as PromiseLike<T>).then(next) as PromiseLike<R>)
    : next(value as T);
}

/** True if a value is a promise. */
export function isLater<T>(value: Awaitable<T>): value is PromiseLike<T> {
  return typeof value === "object" && value !== null && typeof (value as PromiseLike<T>).then === "function";
}
