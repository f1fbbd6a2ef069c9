/** Replaces a `dgram.Socket`, and keeps the datagrams that a handler sends. */
export class MemoryDatagrams {
  readonly #sent: Buffer[] = [];

  /** Sent datagrams, joined. */
  get sent(): Buffer {
    return Buffer.concat(this.#sent);
  }

  /** Same as `send` of `dgram.Socket`. It ignores the address, because there is only one client. */
  send(data: string | Uint8Array | readonly (string | Uint8Array)[], ...more: unknown[]): void {
    const pieces = Array.isArray(data) ? data : [data];
    this.#sent.push(Buffer.concat(pieces.map((piece) => Buffer.from(piece as string))));
    const done = more.at(-1);
    if (typeof done === "function") queueMicrotask(() => done(null));
  }
}
