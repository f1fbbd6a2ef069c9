/**
 * Passes the bytes of a socket to its connection.
 *
 * Node calls `socket.push` with the bytes that it has read. Node's `push` buffers them, emits an event, and checks a
 * tick later if it must read more. This takes a fifth of the time for echoing a line. So a socket gets its own `push`,
 * which passes the bytes to the receiver directly. The first bytes in each thread show if Node calls such a `push`.
 * Until then, and if other code listens to the socket, bytes arrive as Node's events.
 *
 * @module
 */

import { Socket } from "node:net";
import { type Duplex, Readable } from "node:stream";

/** The consumer of a socket's bytes. */
export interface Receiver {
  /** Takes bytes. Returns false to pause, until {@link resumeReading}. */
  receive(bytes: Buffer): boolean;
  /** Called at the end of the input. */
  endInput(): void;
  /** Called when other code reads the socket, so nothing more will arrive here. */
  giveUp(): void;
}

const RECEIVER = Symbol("receiver");

/** The parts of a socket that are used here: the field with its receiver, and the method that Node calls. */
interface Receiving {
  [RECEIVER]?: Receiver;
  push: typeof Readable.prototype.push;
}

type ReceivingSocket = Duplex & Receiving;

/** True after Node has called the `push` of a single socket instead of that of the class. */
let isPushAsked = false;

/** From now on, passes the received bytes of a socket to a receiver. */
export function startReading(socket: Duplex, receiver: Receiver): void {
  const receiving = socket as ReceivingSocket;
  receiving[RECEIVER] = receiver;
  const mayBeDirect =
    isPushAsked && socket instanceof Socket && socket.readableLength === 0 && !isHeard(socket, 0);
  if (mayBeDirect && !(socket.readableEnded || socket.destroyed || socket.connecting)) {
    receiving.push = pushed;
    // `null` means neither flowing nor paused: only waiting connections are paused.
    (socket as { readableFlowing: boolean | null }).readableFlowing = null;
    socket._read(0);
  } else {
    if (!isPushAsked && socket instanceof Socket) receiving.push = noticed;
    listen(receiving);
    socket.resume();
  }
}

/** Reads from the socket again, after its receiver returned false. */
export function resumeReading(socket: Duplex): void {
  if ((socket as ReceivingSocket).push !== pushed) socket.resume();
  else if (!socket.destroyed) socket._read(0);
}

/** Continues to read, and drops the bytes. From now on, no other code may read the socket. */
export function discardInput(socket: Duplex): void {
  const receiving = socket as ReceivingSocket;
  const hasReceiver = receiving[RECEIVER] !== undefined;
  receiving[RECEIVER] = NOBODY;
  if (receiving.push === pushed && socket.readableFlowing === null) return resumeReading(socket);
  if (receiving.push === pushed) receiving.push = Readable.prototype.push;
  if (!hasReceiver || socket.listenerCount("data") > 1) {
    socket.removeAllListeners("data");
    socket.on("data", drop);
  }
  socket.resume();
}

/** Drops all bytes. */
const NOBODY: Receiver = { receive: () => true, endInput: () => {}, giveUp: () => {} };

/** @param own - number of listeners that this module added */
function isHeard(socket: Duplex, own: number): boolean {
  return socket.listenerCount("data") + socket.listenerCount("readable") > own;
}

/** Replaces `push`. Node passes bytes, or `null` at the end, and continues to read if the result is true. */
function pushed(this: ReceivingSocket, bytes: Buffer | null): boolean {
  // Flowing or paused: other code listens to the socket, or paused it.
  if (bytes !== null && this.readableFlowing === null) return (this[RECEIVER] as Receiver).receive(bytes);
  this.push = Readable.prototype.push;
  if (bytes !== null) {
    listen(this);
    return this.push(bytes);
  }
  const goesOn = this.push(null);
  this[RECEIVER]?.endInput();
  return goesOn;
}

/** Replaces `push` of the sockets that are read before {@link isPushAsked} is known. */
function noticed(this: ReceivingSocket, bytes: Buffer | null): boolean {
  isPushAsked = true;
  this.push = Readable.prototype.push;
  if (!isHeard(this, 1)) {
    this.off("data", received);
    this.off("end", ended);
    this.push = pushed;
    (this as { readableFlowing: boolean | null }).readableFlowing = null;
  }
  return this.push(bytes);
}

function listen(socket: ReceivingSocket): void {
  socket.on("data", received);
  socket.on("end", ended);
}

// All sockets share these functions: each finds its receiver by the field.
function received(this: ReceivingSocket, bytes: Buffer): void {
  if (this[RECEIVER]?.receive(bytes) !== false) return;
  if (!isHeard(this, 1)) return void this.pause();
  this.off("data", received);
  this[RECEIVER]?.giveUp();
}

function ended(this: ReceivingSocket): void {
  this[RECEIVER]?.endInput();
}

function drop(): void {}
