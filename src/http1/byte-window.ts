/** The bytes that have come and that nobody has consumed: `bytes[start]` to `bytes[end - 1]`. */
export class ByteWindow {
  bytes: Buffer = Buffer.alloc(0);
  start = 0;
  end = 0;

  /** How many bytes there are. */
  get length(): number {
    return this.end - this.start;
  }

  /**
   * Puts bytes behind the others.
   *
   * The memory doubles when it must grow, so that a message that comes byte by byte costs no more than its length. What
   * was consumed is never written to again: pieces of content that were handed out stay as they are.
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

  /** Consumes up to `count` bytes and gives them, without copying. */
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
