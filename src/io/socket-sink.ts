import { Socket } from "node:net";
import type { Duplex } from "node:stream";
import type { ByteSink, Recyclable } from "./byte-writer.js";
import type { Connection } from "./connection.js";
import { DisconnectedError, TimeoutError } from "./connection-errors.js";
import { resetOnExit } from "./drop-connection.js";
import type { SocketInternals } from "./socket-internals.js";
import { WriteBatch } from "./write-batch.js";
import { watchWriteProgress } from "./write-progress.js";

/** Text up to this number of bytes is appended to the previous data, because a copy is cheaper than another buffer. */
const SMALL = 4 * 1024;

/** The method of Node's sockets. It passes bytes to the system and keeps none. */
const writeOfSocket = Socket.prototype.write;

type WriteCallback = (error?: Error | null) => void;

/** Up to this number of bytes wait for the batch. It is less than a socket's buffer on any version of Node. */
const MAX_WAITING = 16 * 1024 - 1;

/** The batch of all connections of this thread. */
const batch = new WriteBatch();

/**
 * The sending half of a connection. Only this class writes to a socket. Its {@link Connection} creates it, and informs
 * it when the peer has caught up or disconnected.
 *
 * `flush` sends the added data in one write. Text stays a latin-1 string as long as possible, because V8 and Node can
 * build and send that fastest.
 */
export class SocketSink implements ByteSink {
  // Fields, not getters, because each request reads them several times. Only the sink writes them.
  /** Bytes that wait for `flush`. */
  size = 0;
  /** True while the peer is too slow: more data would only fill the memory. */
  full = false;
  /** True if nothing can be sent any more. */
  broken = false;
  /** Seconds without progress while data waits for the peer; `null` means no limit. */
  timeout: number | null = null;
  /** Bytes that {@link write} collects before it sends them; 0 for none. */
  bufferSize = 0;
  readonly #connection: Connection;
  readonly #socket: Duplex;
  /** Data before {@link #text}; `undefined` for none. */
  #pieces: Uint8Array[] | undefined;
  #text = "";
  /** Owners of {@link #pieces} that can be used again. */
  #owners: Recyclable[] | undefined;
  #sent: number;
  #markedText = 0;
  #markedPieces = 0;
  #markedSize = 0;
  #awaitsDrain = false;
  #waiting: Promise<void> | undefined;
  /** Ends {@link #waiting}. */
  #settle: ((error?: Error) => void) | undefined;
  /** Number of writes before `TCP_NODELAY` is set; negative if it was set, or must not be. */
  #writesBeforeNoDelay = -1;

  constructor(connection: Connection) {
    this.#connection = connection;
    this.#socket = connection.socket;
    // Kept in a field, because reading it from a Node stream costs almost as much as a small write.
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
   * @param byteLength - their number
   */
  add(data: string | Uint8Array, byteLength: number): void {
    if (typeof data !== "string") this.addBytes(data);
    // As many bytes as characters: the text is ASCII, which is the same in latin-1.
    else if (byteLength === data.length) this.addLatin1(data);
    else this.addBytes(Buffer.from(data));
  }

  /** Adds bytes. Long ones are not copied, so they must not be changed before they are sent. */
  addBytes(bytes: Uint8Array): void {
    if (bytes.byteLength <= SMALL) {
      this.addLatin1(asBuffer(bytes).toString("latin1"));
    } else {
      this.#closeText();
      this.#push(bytes);
      this.size += bytes.byteLength;
    }
  }

  /**
   * Sends writes at once (`TCP_NODELAY`), instead of collecting them until the previous one is acknowledged.
   *
   * The first write never waits, and many connections have no second. So the option is set only before the second
   * write. On a TLS connection, the handshake was already the first write.
   */
  sendAtOnce(): void {
    if ((this.#socket as SocketInternals)._parent) setNoDelay(this.#socket);
    else this.#writesBeforeNoDelay = 1;
  }

  /**
   * Sends bytes, or text as UTF-8: at once, or when {@link bufferSize} is reached. The bytes must not be changed before
   * they are sent.
   */
  write(data: string | Uint8Array, byteLength: number): boolean {
    if (this.broken) throw new DisconnectedError("The client has closed the connection.", "EPIPE");
    if (this.bufferSize > 0 || this.size > 0 || typeof data === "string" || byteLength === 0) {
      this.add(data, byteLength);
      return this.size < this.bufferSize || this.flush();
    }
    if (this.#socket.writableEnded || this.#socket.destroyed) return this.#drop();
    this.#sent += byteLength;
    return this.#written(this.#writing().write(data, this.#owners && whenSent(this.#owners)));
  }

  /**
   * Sends the added bytes.
   *
   * @returns true if the peer keeps up; if false, wait for `drained` before you add more
   */
  flush(): boolean {
    if (this.size === 0) return this.broken || !this.full;
    if (this.#socket.writableEnded || this.#socket.destroyed) return this.#drop();
    const text = this.#text;
    this.#sent += this.size;
    const keepsUp =
      this.#pieces === undefined
        ? this.#writing().write(text, "latin1", this.#owners && whenSent(this.#owners))
        : this.#writePieces(this.#pieces);
    this.#reset();
    return this.#written(keepsUp);
  }

  /**
   * Called after each write.
   *
   * @param keepsUp - result of the write. It is `false` for a long write, even if the system has taken all of it
   */
  #written(keepsUp: boolean): boolean {
    const isTaken = this.#socket.writableLength === 0;
    if (this.#owners !== undefined) {
      if (isTaken) recycle(this.#owners);
      this.#owners = undefined;
    }
    this.full = !keepsUp && !isTaken;
    if (this.full) this.#awaitDrain();
    return !this.full;
  }

  recycleWhenSent(owner: Recyclable): void {
    // Other streams, and code that watches the writes, may keep the bytes.
    if (!(this.#socket instanceof Socket) || this.#socket.write !== writeOfSocket) return;
    if (this.#owners === undefined) this.#owners = [owner];
    else this.#owners.push(owner);
  }

  /** Returns the socket for a write. */
  #writing(): Duplex {
    if (this.#writesBeforeNoDelay >= 0 && this.#writesBeforeNoDelay-- === 0) setNoDelay(this.#socket);
    return this.#socket;
  }

  #awaitDrain(): void {
    if (this.#awaitsDrain) return;
    this.#awaitsDrain = true;
    this.#connection.awaitDrain();
  }

  /**
   * Sends the added data. If it is small, it is sent with the batch of this iteration of the event loop ({@link
   * WriteBatch}).
   *
   * @returns true if the peer keeps up, as for `flush`
   */
  flushSoon(): boolean {
    if (this.size === 0) return !this.full;
    if (this.size > MAX_WAITING || this.#socket.writableLength > 0) return this.flush();
    batch.add(this);
    return true;
  }

  // A write after the end would be an error that destroys the socket and its unsent data. A destroyed socket reports
  // each write as full, and never emits "drain".
  #drop(): boolean {
    this.broken = true;
    this.#owners = undefined;
    this.#reset();
    return true;
  }

  /** Marks the current end of the added data: `discard` keeps earlier data. */
  mark(): void {
    this.#markedText = this.#text.length;
    this.#markedPieces = this.#pieces?.length ?? 0;
    this.#markedSize = this.size;
  }

  /** Drops data that was added since `mark` and not sent. */
  discard(): void {
    // The text may have become a piece, whose beginning is then older than the mark.
    const piece = this.#pieces?.[this.#markedPieces];
    if (piece !== undefined && this.#markedText > 0)
      this.#text = asBuffer(piece).toString("latin1", 0, this.#markedText);
    else this.#text = this.#text.slice(0, this.#markedText);
    this.#pieces = this.#markedPieces > 0 ? this.#pieces?.slice(0, this.#markedPieces) : undefined;
    this.size = this.#markedSize;
  }

  /** True if other code has written to the socket directly. */
  get isBypassed(): boolean {
    return ((this.#socket as Socket).bytesWritten ?? 0) > this.#sent;
  }

  /**
   * Marks that a response ends with the connection: if the thread or process dies earlier, the connection must be
   * reset.
   */
  endsReply(): void {
    resetOnExit(this.#socket as Socket);
  }

  /** Sends the added data. Calls `done` when it is sent, or can't be sent any more. */
  flushThen(done: () => void): void {
    this.flush();
    this.#socket.write("", done);
  }

  /** Resolves when the peer has caught up. Rejects if it disconnects, or makes no progress within `timeout`. */
  drained(): Promise<void> {
    // After a failed write, the sink seems full. A caller that began to wait while "close" is emitted would wait
    // forever.
    if (this.broken || this.#socket.destroyed) return Promise.reject(goneError());
    if (!this.full) return Promise.resolve();
    this.#waiting ??= this.#wait();
    return this.#waiting;
  }

  /** Called when the peer has caught up. */
  drain(): void {
    this.full = false;
    this.#awaitsDrain = false;
    this.#settle?.();
  }

  /** Called at the end of the connection. */
  close(): void {
    this.broken = true;
    this.#settle?.(goneError());
  }

  #wait(): Promise<void> {
    return new Promise((resolve, reject) => {
      const endWatch = watchWriteProgress(this.#connection, this.timeout, (verdict) =>
        this.#settle?.(new TimeoutError(verdict)),
      );
      this.#settle = (error) => {
        this.#waiting = undefined;
        this.#settle = undefined;
        endWatch();
        if (error === undefined) resolve();
        else reject(error);
      };
    });
  }

  #writePieces(pieces: Uint8Array[]): boolean {
    this.#closeText();
    const socket = this.#writing();
    const last = pieces.length - 1;
    socket.cork();
    for (let at = 0; at < last; at++) socket.write(pieces[at]);
    const keepsUp = socket.write(pieces[last], this.#owners && whenSent(this.#owners));
    socket.uncork();
    return keepsUp || !socket.writableNeedDrain;
  }

  #closeText(): void {
    if (this.#text === "") return;
    this.#push(Buffer.from(this.#text, "latin1"));
    this.#text = "";
  }

  #push(piece: Uint8Array): void {
    if (this.#pieces === undefined) this.#pieces = [piece];
    else this.#pieces.push(piece);
  }

  #reset(): void {
    this.#pieces = undefined;
    this.#text = "";
    this.size = 0;
    this.#markedText = 0;
    this.#markedPieces = 0;
    this.#markedSize = 0;
  }
}

/** Returns the callback of a write. */
function whenSent(owners: Recyclable[]): WriteCallback {
  return (error) => {
    if (!error) recycle(owners);
  };
}

/** Returns lent buffers to their owners, once. */
function recycle(owners: Recyclable[]): void {
  for (const owner of owners.splice(0)) owner.recycle();
}

function setNoDelay(socket: Duplex & { setNoDelay?(noDelay: boolean): void }): void {
  socket.setNoDelay?.(true);
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function goneError(): DisconnectedError {
  return new DisconnectedError("The peer has closed the connection.", "EPIPE");
}
