const COUNT = 0;
const LENGTH = 1;
const HEAD_BYTES = 8;

/**
 * The input that a thread is running, in shared memory: the watching thread can read it even if the other
 * hangs.
 */
export class InFlight {
  readonly memory: SharedArrayBuffer;
  readonly #numbers: Int32Array;
  readonly #bytes: Uint8Array;

  /** @param memory - that of another thread's object, or the maximum length of inputs */
  constructor(memory: SharedArrayBuffer | number) {
    this.memory = typeof memory === "number" ? new SharedArrayBuffer(HEAD_BYTES + memory) : memory;
    this.#numbers = new Int32Array(this.memory, 0, HEAD_BYTES / Int32Array.BYTES_PER_ELEMENT);
    this.#bytes = new Uint8Array(this.memory, HEAD_BYTES);
  }

  /** Records the beginning of an execution. */
  begin(bytes: Buffer): void {
    this.#bytes.set(bytes);
    Atomics.store(this.#numbers, LENGTH, bytes.length);
    Atomics.add(this.#numbers, COUNT, 1);
  }

  /** Returns the last input. */
  get bytes(): Buffer {
    return Buffer.from(this.#bytes.slice(0, Atomics.load(this.#numbers, LENGTH)));
  }

  /** Number of executions that have begun. */
  get count(): number {
    return Atomics.load(this.#numbers, COUNT);
  }
}
