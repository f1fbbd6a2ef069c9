/** An entry of a {@link LinkedList}, for removing it. */
export class Link<T> {
  readonly value: T;
  /** @internal */
  previous: Link<T> | null = null;
  /** @internal */
  next: Link<T> | null = null;

  constructor(value: T) {
    this.value = value;
  }
}

/**
 * Values in order. Any of them can be removed in constant time.
 *
 * It is for objects that come and go with each connection. A `Set` or `Map` that lives as long as the server would keep
 * deleted ones reachable until it grows, and V8 would move them into old memory.
 */
export class LinkedList<T> {
  #first: Link<T> | null = null;
  #last: Link<T> | null = null;

  /** True if there is no value. */
  get isEmpty(): boolean {
    return this.#first === null;
  }

  /** Adds a value at the end. */
  add(value: T): Link<T> {
    const link = new Link(value);
    link.previous = this.#last;
    if (this.#last === null) this.#first = link;
    else this.#last.next = link;
    this.#last = link;
    return link;
  }

  /** Removes an entry of {@link add}. Call it only once. */
  remove(link: Link<T>): void {
    const { previous, next } = link;
    if (previous === null) this.#first = next;
    else previous.next = next;
    if (next === null) this.#last = previous;
    else next.previous = previous;
    // One that has become old would make all that come after it old.
    link.previous = null;
    link.next = null;
  }

  /** Returns a copy of the values. */
  values(): T[] {
    const values: T[] = [];
    for (let link = this.#first; link !== null; link = link.next) values.push(link.value);
    return values;
  }
}
