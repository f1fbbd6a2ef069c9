import { timerDelay } from "../io/timer-delay.js";

/** An entry of a {@link LinkedList}, for removing it. */
export interface Link<T> {
  readonly value: T;
  /** @internal */
  previous: Link<T> | null;
  /** @internal */
  next: Link<T> | null;
}

/**
 * Values in order. Any of them can be removed in constant time.
 *
 * It is for objects that come and go with each connection. A `Set` or `Map` that lives as long as the server would keep
 * deleted objects reachable until it grows. V8 would treat these as old objects, which it frees late.
 */
export class LinkedList<T> {
  #first: Link<T> | null = null;
  #last: Link<T> | null = null;
  #awaitsEnd: (() => void)[] = [];

  /** Adds a value at the end, even if the list has it already. */
  add(value: T): Link<T> {
    const link = { value, previous: this.#last, next: null };
    if (this.#last === null) this.#first = link;
    else this.#last.next = link;
    this.#last = link;
    return link;
  }

  /** Removes an entry that {@link add} has returned. Call it only once for each entry. */
  remove(link: Link<T>): void {
    const { previous, next } = link;
    if (previous === null) this.#first = next;
    else previous.next = next;
    if (next === null) this.#last = previous;
    else next.previous = previous;
    // If V8 has moved a removed entry into old memory, it would keep all later entries reachable.
    link.previous = null;
    link.next = null;
    if (this.#first === null && this.#awaitsEnd.length > 0)
      for (const resolve of this.#awaitsEnd.splice(0)) resolve();
  }

  /** Returns a copy of the values. */
  values(): T[] {
    const values: T[] = [];
    for (let link = this.#first; link !== null; link = link.next) values.push(link.value);
    return values;
  }

  /**
   * Waits until all values are removed, including later ones.
   *
   * @param seconds - maximum time; `null` means no limit
   * @returns a promise of true if the list is empty
   */
  emptied(seconds: number | null): Promise<boolean> {
    if (this.#first === null) return Promise.resolve(true);
    return new Promise((resolve) => {
      const timer = seconds === null ? undefined : setTimeout(() => resolve(false), timerDelay(seconds));
      this.#awaitsEnd.push(() => {
        clearTimeout(timer);
        resolve(true);
      });
    });
  }
}
