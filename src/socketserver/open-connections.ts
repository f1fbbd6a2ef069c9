import type { Socket } from "node:net";
import { carrierOf, type SocketInternals } from "../io/socket-internals.js";
import { addressBlock } from "./address-block.js";

/** How many connections a server has at the same time. */
export interface ConnectionLimits {
  /** In all. */
  readonly total: number;
  /** From one address: see {@link addressBlock}. */
  readonly perAddress: number;
}

/** Why a connection is not taken. */
export type Refusal = "max_connections" | "max_connections_per_address";

interface Entry {
  readonly connection: Socket;
  /** `null` where a client has no address, or nobody is refused for it. */
  readonly block: string | null;
  /** What has to end before it is over: the socket here, and each piece of work on it, wherever that is done. */
  holds: number;
}

/**
 * The connections of a server: how many there are, and what went over those that this thread serves.
 *
 * A connection that was handed to a thread or a process has no socket here any more, and is open as long as its work goes on.
 */
export class OpenConnections {
  /** How many were taken. */
  accepted = 0;
  /** How many were refused. */
  refused = 0;
  readonly #entries = new Map<Socket, Entry>();
  readonly #perBlock = new Map<string, number>();
  #received = 0;
  #sent = 0;

  /** How many are open. */
  get size(): number {
    return this.#entries.size;
  }

  /** Bytes that were received. Of a connection that moved away, only those before. */
  get received(): number {
    let received = this.#received;
    for (const { bytesRead } of this.#entries.keys()) received += bytesRead;
    return received;
  }

  /** Bytes that were sent, or wait to be. */
  get sent(): number {
    let sent = this.#sent;
    for (const { bytesWritten } of this.#entries.keys()) sent += bytesWritten;
    return sent;
  }

  /**
   * Takes a connection, unless there are too many.
   *
   * @returns why not; `null` where it was taken
   */
  admit(connection: Socket, { total, perAddress }: ConnectionLimits): Refusal | null {
    const refusal = this.#refusal(connection, total, perAddress);
    if (refusal === null) this.#add(connection, blockOf(connection));
    else this.refused++;
    return refusal;
  }

  /**
   * Has a connection last until work on it is done. One that another thread has taken is counted from then on, but not for its
   * address: that thread refuses, and to ask the system for an address costs more than all the rest of this. One over TLS is the
   * one below it.
   */
  hold(connection: Socket, work: Promise<unknown>): void {
    const entry = this.#entryOf(connection) ?? this.#add(connection, null);
    entry.holds++;
    const done = () => this.#release(entry);
    work.then(done, done);
  }

  #entryOf(connection: Socket): Entry | undefined {
    return (
      this.#entries.get(connection) ?? this.#entries.get(carrierOf(connection as SocketInternals) as Socket)
    );
  }

  #refusal(connection: Socket, total: number, perAddress: number): Refusal | null {
    if (this.#entries.size >= total) return "max_connections";
    const block = perAddress === Number.POSITIVE_INFINITY ? null : blockOf(connection);
    if (block !== null && (this.#perBlock.get(block) ?? 0) >= perAddress)
      return "max_connections_per_address";
    return null;
  }

  #add(connection: Socket, block: string | null): Entry {
    const entry = { connection, block, holds: 1 };
    this.accepted++;
    this.#entries.set(connection, entry);
    this.#count(block, 1);
    if (connection.destroyed) entry.holds--;
    else connection.once("close", () => this.#release(entry));
    return entry;
  }

  #release(entry: Entry): void {
    if (--entry.holds > 0) return;
    const { connection } = entry;
    this.#entries.delete(connection);
    this.#count(entry.block, -1);
    this.#received += connection.bytesRead;
    this.#sent += connection.bytesWritten;
  }

  #count(block: string | null, change: 1 | -1): void {
    if (block === null) return;
    const count = (this.#perBlock.get(block) ?? 0) + change;
    if (count === 0) this.#perBlock.delete(block);
    else this.#perBlock.set(block, count);
  }
}

function blockOf({ remoteAddress }: Socket): string | null {
  return remoteAddress === undefined ? null : addressBlock(remoteAddress);
}
