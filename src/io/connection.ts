import type { Duplex } from "node:stream";
import { Deadline } from "./deadline.js";
import { SocketSink } from "./socket-sink.js";
import { SocketSource } from "./socket-source.js";
import { WriteClock, type WriteRate } from "./write-rate.js";

const CONNECTION = Symbol("connection");

/** A socket, and the field that leads from it to its connection. */
interface Connected {
  [CONNECTION]?: Connection;
}

/**
 * One accepted socket, and all that belongs to it. There is one for each, on the side of a hand-off that serves it.
 *
 * Its parts are made when they are first asked for: a handler that only writes has no source, and a connection without a time
 * limit no timer.
 */
export class Connection {
  /** The socket: a `net.Socket`, a `tls.TLSSocket`, or any other `Duplex`. */
  readonly socket: Duplex;
  #source: SocketSource | undefined;
  #sink: SocketSink | undefined;
  #deadline: Deadline | undefined;
  #writeClock: WriteClock | undefined;

  private constructor(socket: Duplex) {
    this.socket = socket;
    socket.on("close", closed);
  }

  /** Returns the connection of a socket: always the same one. */
  static of(socket: Duplex): Connection {
    const connected = socket as Duplex & Connected;
    connected[CONNECTION] ??= new Connection(socket);
    return connected[CONNECTION];
  }

  /** The receiving half. Reading begins when it is first asked for. */
  get source(): SocketSource {
    this.#source ??= this.#startReading();
    return this.#source;
  }

  /** The sending half. */
  get sink(): SocketSink {
    this.#sink ??= new SocketSink(this);
    return this.#sink;
  }

  /** The one time limit that the connection is under. It ends with the connection. */
  get deadline(): Deadline {
    this.#deadline ??= new Deadline();
    return this.#deadline;
  }

  /** What holds the peer to a rate; `undefined` where nothing does. */
  get writeClock(): WriteClock | undefined {
    return this.#writeClock;
  }

  /** Holds the peer to a rate from now on. A rate that is not above 0 is no limit. */
  limitWriteRate(rate: WriteRate): void {
    this.#writeClock = rate.bytesPerSecond > 0 ? new WriteClock(this.socket, rate) : undefined;
  }

  /** Has the sink told when the peer has caught up. */
  awaitDrain(): void {
    this.socket.once("drain", drained);
  }

  #startReading(): SocketSource {
    const { socket } = this;
    const source = new SocketSource(socket);
    socket.on("data", received);
    socket.on("end", ended);
    socket.resume();
    return source;
  }

  /** Called by the socket's event. */
  receive(bytes: Buffer): void {
    this.#source?.receive(bytes);
  }

  /** Called by the socket's event. */
  endInput(): void {
    this.#source?.end();
  }

  /** Called by the socket's event. */
  drain(): void {
    this.#sink?.drain();
  }

  /** Called by the socket's event. */
  close(): void {
    this.#deadline?.close();
    this.#sink?.close();
    this.#source?.close();
  }
}

// One of each for all connections, and not one for each: they find theirs by the field.
function received(this: Connected, bytes: Buffer): void {
  this[CONNECTION]?.receive(bytes);
}

function ended(this: Connected): void {
  this[CONNECTION]?.endInput();
}

function drained(this: Connected): void {
  this[CONNECTION]?.drain();
}

function closed(this: Connected): void {
  this[CONNECTION]?.close();
}
