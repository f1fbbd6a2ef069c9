/** The bytes of a window without a buffer. */
export const NOTHING = Buffer.alloc(0);

/** Received bytes that are not consumed yet: `bytes[start]` to `bytes[end - 1]`. */
export class ByteWindow {
  bytes: Buffer = NOTHING;
  start = 0;
  end = 0;

  get length(): number {
    return this.end - this.start;
  }

  /**
   * Appends bytes without copying, if the window is empty.
   *
   * The buffer doubles when it must grow. So the cost of a message is proportional to its length, even if it arrives
   * byte by byte. Consumed bytes are never overwritten, so earlier results of {@link take} stay valid.
   */
  append(more: Buffer): void {
    if (this.start === this.end) {
      this.bytes = more;
      this.start = 0;
      this.end = more.length;
      return;
    }
    if (this.bytes.length - this.end < more.length) this.#grow(this.length + more.length);
    more.copy(this.bytes, this.end);
    this.end += more.length;
  }

  /** Consumes up to `count` bytes and returns them without copying. */
  take(count: number): Buffer {
    const from = this.start;
    this.start = Math.min(from + count, this.end);
    return this.bytes.subarray(from, this.start);
  }

  #grow(needed: number): void {
    const larger = Buffer.allocUnsafeSlow(needed * 2);
    this.bytes.copy(larger, 0, this.start, this.end);
    this.end -= this.start;
    this.start = 0;
    this.bytes = larger;
  }
}
