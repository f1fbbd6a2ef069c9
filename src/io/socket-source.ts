import type { Duplex } from "node:stream";
import type { ByteSource } from "./byte-reader.js";
import { type DisconnectedError, disconnectedFrom, TimeoutError } from "./connection-errors.js";
import { Deadline, type Limited } from "./deadline.js";
import { type Receiver, resumeReading } from "./socket-input.js";

/** Unread bytes of a connection at which reading pauses. Node reads at most 64 KiB at a time. */
const HIGH_WATER_MARK = 64 * 1024;

/** Maximum number of pieces. A hostile peer can send pieces of a single byte, and each needs much more memory. */
const MAX_PIECES = 1024;

/** A reader that takes bytes when they arrive. */
export interface Arrivals {
  /** Called at each event: bytes, the end, or an error. */
  arrived(): void;
}

/**
 * The receiving half of a connection. Its {@link Connection} creates it, and passes it the received bytes.
 *
 * Reading begins in the thread that serves the connection: after reading, a connection can't move to another thread.
 * Unread bytes are kept up to a limit. Then reading pauses, so the peer has to wait (back-pressure).
 */
export class SocketSource implements ByteSource, Receiver, Limited {
  /**
   * True if the connection is closed in both directions, so that no response can be sent. Only the source writes it.
   */
  gone = false;
  /** Number of unread bytes. */
  size = 0;
  /** True if the peer has ended its sending side. */
  ended = false;
  /** Seconds that `pull` waits; `null` means no limit. */
  timeout: number | null = null;
  /** Called at each event while no `pull` waits. */
  reader: Arrivals | null = null;
  /** Called when the peer has ended its sending side. */
  onEnded: (() => void) | null = null;
  readonly #socket: Duplex;
  /** The unread pieces; `undefined` if there are none, so that an idle connection has no array. */
  #pieces: Buffer[] | undefined;
  #paused = false;
  #failure: Error | undefined;
  // Callbacks of the waiting reader.
  #ready: (() => void) | null = null;
  #failed: ((error: TimeoutError) => void) | null = null;
  #seconds = 0;
  #deadline: Deadline | undefined;

  constructor(socket: Duplex) {
    this.#socket = socket;
    // Node has already emitted "end".
    if (socket.readableEnded) this.ended = true;
    if (socket.destroyed) this.close();
  }

  /** Takes the next piece without waiting: `null` at the end of the input, `undefined` while there is nothing. */
  take(): Buffer | null | undefined {
    const pieces = this.#pieces;
    if (pieces !== undefined) {
      const bytes = pieces.shift() as Buffer;
      this.size -= bytes.length;
      if (pieces.length === 0) this.#pieces = undefined;
      if (this.#paused && this.size < HIGH_WATER_MARK && pieces.length < MAX_PIECES) this.#resume();
      return bytes;
    }
    if (this.#failure !== undefined) throw this.#failure;
    if (this.ended) return null;
    if (this.gone) throw this.#lost();
    return undefined;
  }

  /** Puts bytes back, so that they are read next. */
  unread(bytes: Buffer): void {
    if (bytes.length === 0) return;
    this.#pieces = [bytes, ...(this.#pieces ?? [])];
    this.size += bytes.length;
  }

  /** @param timeout - seconds that this call waits. Default {@link timeout} */
  pull(timeout = this.timeout): Buffer | null | Promise<Buffer | null> {
    const bytes = this.take();
    return bytes === undefined ? this.#wait(timeout) : bytes;
  }

  /**
   * Calls one of two functions once.
   *
   * @param ready - called when {@link take} would return something
   * @param failed - called after the timeout
   * @param timeout - maximum seconds of this wait
   */
  whenReadable(ready: () => void, failed: (error: TimeoutError) => void, timeout = this.timeout): void {
    this.#ready = ready;
    if (timeout === null) return;
    this.#failed = failed;
    this.#seconds = timeout;
    this.#deadline ??= new Deadline(this);
    this.#deadline.set(timeout);
  }

  expired(): void {
    this.#ready = null;
    this.#failed?.(new TimeoutError(`Nothing arrived for ${this.#seconds} seconds.`));
  }

  /** Reports that there is something to read: to the waiting reader, otherwise to {@link reader}. */
  #tell(): void {
    const ready = this.#ready;
    if (ready === null) return this.reader?.arrived();
    this.#ready = null;
    this.#deadline?.lift();
    ready();
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

  /** Takes received bytes. Returns false to pause reading. */
  receive(bytes: Buffer): boolean {
    if (this.#pieces === undefined) this.#pieces = [bytes];
    else this.#pieces.push(bytes);
    this.size += bytes.length;
    this.#tell();
    if (this.size < HIGH_WATER_MARK && (this.#pieces?.length ?? 0) < MAX_PIECES) return true;
    this.#paused = true;
    return false;
  }

  /** Drops all bytes, because other code reads the socket. */
  giveUp(): void {
    this.#pieces = undefined;
    this.size = 0;
    this.#failure = new Error("Another listener of the socket has read the bytes of the connection.");
    this.#tell();
  }

  endInput(): void {
    this.ended = true;
    this.#tell();
    this.onEnded?.();
  }

  /** Called at the end of the connection. */
  close(): void {
    if (this.gone) return;
    this.gone = true;
    if (this.#socket.errored) this.#failure = this.#lost();
    if (this.#ready !== null || this.reader !== null) this.#tell();
    this.#deadline?.close();
  }

  // Created only for a reader, because an error and its stack cost more than everything else at the end of a
  // connection.
  #lost(): DisconnectedError {
    return disconnectedFrom(this.#socket, "The connection is closed.");
  }

  #resume(): void {
    this.#paused = false;
    resumeReading(this.#socket);
  }
}
