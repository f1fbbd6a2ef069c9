import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import type { Connection } from "./connection.js";
import { DisconnectedError, TimeoutError } from "./connection-errors.js";
import { Departures } from "./departures.js";
import { resetOnExit } from "./reset-on-exit.js";
import type { SocketInternals } from "./socket-internals.js";
import { watchWriteProgress } from "./write-progress.js";

/** Text up to this many bytes is joined with what goes before it; a copy of that size is cheaper than one more buffer. */
const SMALL = 4 * 1024;

/** Up to so many bytes wait for others to leave with them: fewer than make a socket full, on any Node. */
const MAX_WAITING = 16 * 1024 - 1;

/** Of all connections of this thread. */
const departures = new Departures();

/** Who waits until the peer has caught up. */
interface Waiting {
  readonly promise: Promise<void>;
  readonly resolve: () => void;
  readonly reject: (reason: Error) => void;
  readonly endWatch: () => void;
}

/**
 * The sending half of a connection, and the one place that writes to a socket. Its {@link Connection} makes it, and tells it
 * when the peer has caught up, and when it is gone.
 *
 * What is added leaves with `flush`, in one write however many pieces it has. Text is kept as a latin-1 string as long
 * as it can be, since that is the fastest thing that V8 and Node can build and send.
 */
export class SocketSink {
  // Fields, and not getters: they are asked for several times with each request. Only the sink writes them.
  /** Bytes that wait for `flush`. */
  size = 0;
  /** True while the peer does not keep up: what is added then only fills the memory. */
  full = false;
  /** True if nothing can be sent any more. */
  broken = false;
  /** Seconds that a peer may take nothing while there is something for it; `null` is for ever. */
  timeout: number | null = null;
  readonly #connection: Connection;
  readonly #socket: Duplex;
  #pieces: Uint8Array[] = [];
  #text = "";
  #sent: number;
  #markedText = 0;
  #markedPieces = 0;
  #markedSize = 0;
  #awaitsDrain = false;
  #waiting: Waiting | undefined;
  /** How many writes there may be before TCP is told not to gather them; negative where it may, or was told. */
  #writesBeforeNoDelay = -1;

  constructor(connection: Connection) {
    this.#connection = connection;
    this.#socket = connection.socket;
    // Kept here: to ask a stream of Node's costs a good part of what a small write does.
    this.broken = !this.#socket.writable;
    this.#sent = (this.#socket as Socket).bytesWritten ?? 0;
  }

  /** Adds text whose characters are all below U+0100; each is a byte. */
  addLatin1(text: string): void {
    this.#text += text;
    this.size += text.length;
  }

  /**
   * Adds bytes, or text as UTF-8.
   *
   * @param byteLength - how many bytes that is
   */
  add(data: string | Uint8Array, byteLength: number): void {
    if (typeof data !== "string") this.addBytes(data);
    // As many bytes as characters: all of it is ASCII, which latin-1 writes alike.
    else if (byteLength === data.length) this.addLatin1(data);
    else this.addBytes(Buffer.from(data));
  }

  /** Adds bytes. Long ones are not copied: they may not be changed before they are sent. */
  addBytes(bytes: Uint8Array): void {
    if (bytes.byteLength <= SMALL) {
      this.addLatin1(asBuffer(bytes).toString("latin1"));
    } else {
      this.#closeText();
      this.#pieces.push(bytes);
      this.size += bytes.byteLength;
    }
  }

  /**
   * Has writes sent at once, instead of being gathered while an earlier one is under way (`TCP_NODELAY`).
   *
   * The first write has none to wait for, and many connections have no second: so the system is not asked before that. What is
   * over TLS has begun with a handshake.
   */
  sendAtOnce(): void {
    if ((this.#socket as SocketInternals)._parent) setNoDelay(this.#socket);
    else this.#writesBeforeNoDelay = 1;
  }

  /**
   * Sends bytes, or text as UTF-8, where nothing waits for `flush`. Bytes may not be changed before they are sent.
   *
   * @param byteLength - how many bytes that is
   * @returns whether the peer keeps up, as `flush` does
   */
  send(data: string | Uint8Array, byteLength: number): boolean {
    if (this.size > 0 || typeof data === "string" || byteLength === 0) {
      this.add(data, byteLength);
      return this.flush();
    }
    if (this.#socket.writableEnded || this.#socket.destroyed) return this.#drop();
    this.#sent += byteLength;
    return this.#noteWrite(this.#writing().write(data));
  }

  /**
   * Sends what was added.
   *
   * @returns whether the peer keeps up; if not, wait for `drained` before you add more
   */
  flush(): boolean {
    if (this.size === 0) return !this.full;
    if (this.#socket.writableEnded || this.#socket.destroyed) return this.#drop();
    const text = this.#text;
    this.#sent += this.size;
    const keepsUp = this.#pieces.length === 0 ? this.#writing().write(text, "latin1") : this.#writePieces();
    this.#reset();
    return this.#noteWrite(keepsUp);
  }

  /** The socket, which is about to be written to. */
  #writing(): Duplex {
    if (this.#writesBeforeNoDelay >= 0 && this.#writesBeforeNoDelay-- === 0) setNoDelay(this.#socket);
    return this.#socket;
  }

  #noteWrite(keepsUp: boolean): boolean {
    this.full = !keepsUp;
    if (this.full && !this.#awaitsDrain) {
      this.#awaitsDrain = true;
      this.#connection.awaitDrain();
    }
    return keepsUp;
  }

  /**
   * Sends what was added, if it is small together with what others have to send in this turn of the event loop ({@link Departures}).
   *
   * @returns whether the peer keeps up, as `flush` does
   */
  flushSoon(): boolean {
    if (this.size === 0 || this.size > MAX_WAITING || this.#socket.writableLength > 0) return this.flush();
    departures.add(this);
    return true;
  }

  // To write behind the end would be an error that destroys the socket, and with it what is still to be sent. One that is destroyed
  // already says of each write that it is full, and never that it has caught up.
  #drop(): boolean {
    this.broken = true;
    this.#reset();
    return true;
  }

  /** Notes where what is added begins: what was added before is not dropped by `discard`. */
  mark(): void {
    this.#markedText = this.#text.length;
    this.#markedPieces = this.#pieces.length;
    this.#markedSize = this.size;
  }

  /** Drops what was added since `mark` and not sent. */
  discard(): void {
    // Text may have become a piece: what was before the mark is then its beginning.
    if (this.#pieces.length > this.#markedPieces && this.#markedText > 0) {
      const piece = this.#pieces[this.#markedPieces] as Uint8Array;
      this.#text = asBuffer(piece).toString("latin1", 0, this.#markedText);
    } else {
      this.#text = this.#text.slice(0, this.#markedText);
    }
    this.#pieces.length = this.#markedPieces;
    this.size = this.#markedSize;
  }

  /** True if somebody has written to the socket itself. */
  get isBypassed(): boolean {
    return ((this.#socket as Socket).bytesWritten ?? 0) > this.#sent;
  }

  /** The end of the connection is to be the end of a reply: a thread or process that dies before has to reset it. */
  endsReply(): void {
    resetOnExit(this.#socket as Socket);
  }

  /** Sends what was added; calls `done` when it has left, or never will. */
  flushThen(done: () => void): void {
    this.flush();
    this.#socket.write("", done);
  }

  /** Resolves when the peer has caught up; rejects when it is gone, or takes nothing for longer than `timeout`. */
  drained(): Promise<void> {
    // A write that has failed says that it is full; who asks while "close" is emitted would never hear of it.
    if (this.broken || this.#socket.destroyed) return Promise.reject(goneError());
    if (!this.full) return Promise.resolve();
    this.#waiting ??= this.#wait();
    return this.#waiting.promise;
  }

  /** Takes note that the peer has caught up. */
  drain(): void {
    this.full = false;
    this.#awaitsDrain = false;
    this.#leaveWait()?.resolve();
  }

  /** Takes note of the end of the connection. */
  close(): void {
    this.broken = true;
    this.#leaveWait()?.reject(goneError());
  }

  #wait(): Waiting {
    const endWatch = watchWriteProgress(this.#connection, this.timeout, (verdict) =>
      this.#leaveWait()?.reject(new TimeoutError(verdict)),
    );
    return { ...withResolvers(), endWatch };
  }

  #leaveWait(): Waiting | undefined {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    waiting?.endWatch();
    return waiting;
  }

  #writePieces(): boolean {
    this.#closeText();
    const socket = this.#writing();
    let keepsUp = true;
    socket.cork();
    for (const piece of this.#pieces) keepsUp = socket.write(piece);
    socket.uncork();
    return keepsUp || !socket.writableNeedDrain;
  }

  #closeText(): void {
    if (this.#text === "") return;
    this.#pieces.push(Buffer.from(this.#text, "latin1"));
    this.#text = "";
  }

  #reset(): void {
    if (this.#pieces.length > 0) this.#pieces = [];
    this.#text = "";
    this.size = 0;
    this.mark();
  }
}

function setNoDelay(socket: Duplex & { setNoDelay?(noDelay: boolean): void }): void {
  socket.setNoDelay?.(true);
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** `Promise.withResolvers`, which Node 20 lacks. */
function withResolvers(): Pick<Waiting, "promise" | "resolve" | "reject"> {
  let resolve!: () => void;
  let reject!: (reason: Error) => void;
  const promise = new Promise<void>((...settle) => {
    [resolve, reject] = settle;
  });
  return { promise, resolve, reject };
}

function goneError(): DisconnectedError {
  return new DisconnectedError("The peer has closed the connection.", "EPIPE");
}
