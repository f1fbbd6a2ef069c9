import type { Duplex } from "node:stream";
import type { ByteSource } from "./byte-reader.js";
import { DisconnectedError, TimeoutError } from "./connection-errors.js";
import { resumeReading } from "./socket-input.js";
import { timerDelay } from "./timer-delay.js";

/** How many unread bytes of a connection are held before the reading of it pauses: a read of Node's is 64 KiB at most. */
const HIGH_WATER_MARK = 64 * 1024;

/** In how many pieces: each takes far more memory than the byte that a hostile peer may send in it. */
const MAX_PIECES = 1024;

/**
 * The receiving half of a connection. Its {@link Connection} makes it, and tells it what comes.
 *
 * Reading begins where the connection is served, not where it was accepted: a connection that was read from can't move to
 * another thread any more. What comes and is not taken is held up to a mark, where reading pauses: that is the back-pressure
 * which the peer feels.
 */
export class SocketSource implements ByteSource {
  /** True if the connection is gone, in both directions: nobody is there to take a reply. Only the source writes it. */
  gone = false;
  /** Seconds that `pull` waits; `null` is for ever. */
  timeout: number | null = null;
  /** Told each time when something has come: bytes, the end, or a failure. */
  onReadable: (() => void) | null = null;
  /** Told when the peer has ended its sending. */
  onEnded: (() => void) | null = null;
  readonly #socket: Duplex;
  #pieces: Buffer[] = [];
  #size = 0;
  #paused = false;
  #ended = false;
  #failure: Error | undefined;
  // Of the one who waits.
  #ready: (() => void) | null = null;
  #timer: NodeJS.Timeout | undefined;

  constructor(socket: Duplex) {
    this.#socket = socket;
    // Told of already, and never again.
    if (socket.readableEnded) this.#ended = true;
    if (socket.destroyed) this.close();
  }

  /** Bytes that were received and not taken, if the peer has ended its sending: there will be no more. `null` until then. */
  get rest(): number | null {
    return this.#ended ? this.#size : null;
  }

  /** Takes the next piece without waiting: `null` at the end of the input, `undefined` while there is nothing. */
  take(): Buffer | null | undefined {
    const bytes = this.#pieces.shift();
    if (bytes !== undefined) {
      this.#size -= bytes.length;
      if (this.#paused && this.#size < HIGH_WATER_MARK && this.#pieces.length < MAX_PIECES) this.#resume();
      return bytes;
    }
    if (this.#failure !== undefined) throw this.#failure;
    return this.#ended ? null : undefined;
  }

  /** @param timeout - seconds that this one waits; without it, {@link timeout} */
  pull(timeout = this.timeout): Buffer | null | Promise<Buffer | null> {
    const bytes = this.take();
    return bytes === undefined ? this.#wait(timeout) : bytes;
  }

  /**
   * Tells once when {@link take} has something.
   *
   * @param ready - called then
   * @param failed - called instead when {@link timeout} has passed
   * @param timeout - seconds that this wait takes at most
   */
  whenReadable(ready: () => void, failed: (error: TimeoutError) => void, timeout = this.timeout): void {
    this.#ready = ready;
    if (timeout !== null) this.#timer = this.#startTimer(timeout, failed);
  }

  #startTimer(seconds: number, failed: (error: TimeoutError) => void): NodeJS.Timeout {
    const expired = () => {
      this.#ready = null;
      failed(new TimeoutError(`Nothing came for ${seconds} seconds.`));
    };
    // Unreferenced: the connection keeps the process alive where it is to live.
    return setTimeout(expired, timerDelay(seconds)).unref();
  }

  /** Tells that there is something: the one who waits, or else {@link onReadable}. */
  #tell(): void {
    const ready = this.#ready;
    if (ready === null) return this.onReadable?.();
    this.#ready = null;
    if (this.#timer !== undefined) this.#stopTimer();
    ready();
  }

  #stopTimer(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #wait(timeout: number | null): Promise<Buffer | null> {
    return new Promise((resolve, reject) => {
      const look = () => {
        try {
          const bytes = this.take();
          if (bytes === undefined) this.whenReadable(look, reject, timeout);
          else resolve(bytes);
        } catch (error) {
          reject(error);
        }
      };
      this.whenReadable(look, reject, timeout);
    });
  }

  /** Takes what has come. Returns false if that is enough for now. */
  receive(bytes: Buffer): boolean {
    this.#pieces.push(bytes);
    this.#size += bytes.length;
    this.#tell();
    if (this.#size < HIGH_WATER_MARK && this.#pieces.length < MAX_PIECES) return true;
    this.#paused = true;
    return false;
  }

  /** Holds nothing any more: somebody else reads the socket. */
  giveUp(): void {
    this.#pieces = [];
    this.#size = 0;
    this.#failure = new Error("The bytes of the connection were read by a listener of the socket's own.");
    this.#tell();
  }

  /** Takes note of the end of the input. */
  end(): void {
    this.#ended = true;
    this.#tell();
    this.onEnded?.();
  }

  /** Takes note of the end of the connection. */
  close(): void {
    if (this.gone) return;
    this.gone = true;
    const cause = this.#socket.errored;
    if (!this.#ended || cause) {
      this.#failure = new DisconnectedError(
        "The connection is gone.",
        "ECONNRESET",
        cause ? { cause } : undefined,
      );
    }
    this.#tell();
  }

  #resume(): void {
    this.#paused = false;
    resumeReading(this.#socket);
  }
}
