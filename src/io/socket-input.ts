/**
 * Bytes of a socket, handed to its connection.
 *
 * Node hands what it has read to `socket.push`, which buffers it, tells of it by an event, and looks a tick later whether more is wanted.
 * That costs a fifth of an echoed line. A socket with a `push` of its own gets the bytes directly. The first bytes that a thread receives
 * show whether Node asks for it; until then, and where somebody else listens to the socket too, the bytes come by Node's events.
 *
 * @module
 */

import { Socket } from "node:net";
import { type Duplex, Readable } from "node:stream";

/** The consumer of a socket's bytes. */
export interface Receiver {
  /** Takes bytes. Returns false if no more are to come for now: {@link resumeReading}. */
  receive(bytes: Buffer): boolean;
  /** Takes note of the end of the input. */
  endInput(): void;
  /** Somebody else reads the socket: nothing comes any more. */
  giveUp(): void;
}

const RECEIVER = Symbol("receiver");

/** A socket, the field that leads to its receiver, and what Node calls. */
interface Receiving {
  [RECEIVER]?: Receiver;
  push: typeof Readable.prototype.push;
}

type ReceivingSocket = Duplex & Receiving;

/** True once Node has called a `push` of a socket's own. */
let isPushAsked = false;

/** Has what a socket receives from now on handed to a receiver. */
export function startReading(socket: Duplex, receiver: Receiver): void {
  const receiving = socket as ReceivingSocket;
  receiving[RECEIVER] = receiver;
  if (isPushAsked && mayBeDirect(socket)) {
    becomeDirect(receiving);
    socket._read(0);
  } else {
    if (!isPushAsked && socket instanceof Socket) receiving.push = noticed;
    listen(receiving);
    socket.resume();
  }
}

/** Goes on reading after a receiver has had enough. */
export function resumeReading(socket: Duplex): void {
  if ((socket as ReceivingSocket).push !== pushed) socket.resume();
  else if (!socket.destroyed) socket._read(0);
}

/** Reads on, and drops what comes; nobody else may read it any more. */
export function discardInput(socket: Duplex): void {
  const receiving = socket as ReceivingSocket;
  if (receiving.push === pushed && socket.readableFlowing === null) return resumeReading(socket);
  if (receiving.push === pushed) restore(receiving);
  if (receiving[RECEIVER] === undefined || socket.listenerCount("data") > 1) {
    socket.removeAllListeners("data");
    socket.on("data", drop);
  }
  socket.resume();
}

/** True if nobody else has begun to read it. */
function mayBeDirect(socket: Duplex): boolean {
  return (
    socket instanceof Socket &&
    !isHeard(socket, 0) &&
    socket.readableLength === 0 &&
    !(socket.readableEnded || socket.destroyed || socket.connecting)
  );
}

/** @param own - listeners that are ours */
function isHeard(socket: Duplex, own: number): boolean {
  return socket.listenerCount("data") + socket.listenerCount("readable") > own;
}

/** In place of `push`: Node gives bytes, or `null` at the end. What it returns is whether Node reads on. */
function pushed(this: ReceivingSocket, bytes: Buffer | null): boolean {
  // Flowing or paused: somebody else listens to it, or has paused it.
  if (bytes !== null && this.readableFlowing === null) return (this[RECEIVER] as Receiver).receive(bytes);
  restore(this);
  if (bytes !== null) {
    listen(this);
    return this.push(bytes);
  }
  const goesOn = this.push(null);
  this[RECEIVER]?.endInput();
  return goesOn;
}

/** In place of `push` of those that are read before it is known. */
function noticed(this: ReceivingSocket, bytes: Buffer | null): boolean {
  isPushAsked = true;
  restore(this);
  if (!isHeard(this, 1)) {
    this.off("data", received);
    this.off("end", ended);
    becomeDirect(this);
  }
  return this.push(bytes);
}

function becomeDirect(socket: ReceivingSocket): void {
  socket.push = pushed;
  // Neither flowing nor paused: a connection that waits is paused.
  (socket as { readableFlowing: boolean | null }).readableFlowing = null;
}

function restore(socket: ReceivingSocket): void {
  socket.push = Readable.prototype.push;
}

function listen(socket: ReceivingSocket): void {
  socket.on("data", received);
  socket.on("end", ended);
}

// One of each for all sockets, and not one for each: they find theirs by the field.
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
