import type { Socket } from "node:net";
import { Connection } from "../io/connection.js";
import { carrierOf, type SocketInternals } from "../io/socket-internals.js";
import type { Crowd } from "../io/write-progress.js";
import { addressBlock } from "./address-block.js";

/** How many connections a server has at the same time. */
export interface ConnectionLimits {
  /** In all. */
  readonly total: number;
  /** From one address: see {@link addressBlock}. */
  readonly perAddress: number;
}

/** Why a connection is not taken. */
export type Refusal = "max_connections" | "max_connections_per_address" | "request_queue_size";

/**
 * The connections of a server: how many there are, and how many bytes went over those that this thread serves.
 *
 * A connection that was handed to a thread or a process has no socket here any more, and is open as long as its work goes on.
 */
export class OpenConnections {
  /** How many were taken. */
  accepted = 0;
  /** How many were refused, by the limit. */
  readonly refusals: Record<Refusal, number> = {
    max_connections: 0,
    max_connections_per_address: 0,
    request_queue_size: 0,
  };
  #handedOver = 0;
  #whenClosed: (() => void)[] = [];
  /** Each knows its place. */
  readonly #open: Connection[] = [];
  readonly #crowd: Crowd;
  readonly #perBlock = new Map<string, number>();
  #countsBlocks = false;
  #received = 0;
  #sent = 0;

  /** @param crowd - what its connections have to make room for */
  constructor(crowd: Crowd) {
    this.#crowd = crowd;
  }

  /** How many have come. */
  get arrivals(): number {
    return this.accepted + this.refused;
  }

  /** How many were refused. */
  get refused(): number {
    return Object.values(this.refusals).reduce((sum, count) => sum + count, 0);
  }

  /** How many are open, those included that another thread has accepted. */
  get size(): number {
    return this.#open.length;
  }

  /** How many are open that this thread has accepted. */
  get ownSize(): number {
    return this.#open.length - this.#handedOver;
  }

  /** Bytes that were received. Of a connection that moved away, only those before. */
  get received(): number {
    return this.#open.reduce((sum, { socket }) => sum + (socket as Socket).bytesRead, this.#received);
  }

  /** Bytes that were sent, or wait to be. */
  get sent(): number {
    return this.#open.reduce((sum, { socket }) => sum + (socket as Socket).bytesWritten, this.#sent);
  }

  /**
   * Takes a connection, unless there are too many.
   *
   * @returns why not; `null` where it was taken
   */
  admit(socket: Socket, { total, perAddress }: ConnectionLimits): Refusal | null {
    const block = perAddress === Number.POSITIVE_INFINITY ? null : this.#blockOf(socket);
    const refusal = this.#refusal(block, total, perAddress);
    if (refusal === null) this.#add(Connection.of(socket), block);
    else this.refusals[refusal]++;
    return refusal;
  }

  /**
   * Counts a connection for the client that its proxy tells.
   *
   * @returns false if there are too many of this client
   */
  admitClient(socket: Socket, host: string, perAddress: number): boolean {
    const connection = Connection.of(socket);
    const block = addressBlock(host);
    if (connection.block !== null) this.#count(connection.block, -1);
    connection.block = null;
    const isTaken = !socket.closed && (this.#perBlock.get(block) ?? 0) < perAddress;
    if (isTaken) this.#countFor(connection, block);
    else this.refusals.max_connections_per_address++;
    return isTaken;
  }

  /** Takes a connection from another thread, which counts it, and has looked at its limits. */
  takeOver(socket: Socket): void {
    const connection = Connection.of(socket);
    if (connection.place >= 0) return;
    connection.isHandedOver = true;
    this.#handedOver++;
    this.#add(connection, null);
  }

  /** Resolves when none is open. */
  closed(): Promise<void> {
    if (this.#open.length === 0) return Promise.resolve();
    return new Promise((resolve) => this.#whenClosed.push(resolve));
  }

  /** Counts a connection that an override of `get_request` has made. */
  know(socket: Socket): Connection {
    const connection = Connection.of(carrierOf(socket as SocketInternals) as Socket);
    if (connection.place < 0) this.#add(connection, null);
    return connection;
  }

  /** Has a connection last until its `release`, also where its socket is closed before. One over TLS is the one below it. */
  hold(socket: Socket): Connection {
    const connection = this.know(socket);
    connection.holds++;
    return connection;
  }

  #refusal(block: string | null, total: number, perAddress: number): Refusal | null {
    if (this.#open.length >= total) return "max_connections";
    if (block !== null && (this.#perBlock.get(block) ?? 0) >= perAddress)
      return "max_connections_per_address";
    return null;
  }

  /** Nobody asks the system for an address before there is a limit. The connections of before count from then on. */
  #blockOf(socket: Socket): string | null {
    if (!this.#countsBlocks) {
      this.#countsBlocks = true;
      for (const connection of this.#open)
        if (connection.block === null) this.#countFor(connection, blockOf(connection.socket as Socket));
    }
    return blockOf(socket);
  }

  #add(connection: Connection, block: string | null): void {
    if (!connection.isHandedOver) this.accepted++;
    connection.crowd = this.#crowd;
    connection.place = this.#open.push(connection) - 1;
    if (block !== null) this.#countFor(connection, block);
    connection.onReleased = this.#released;
    if (!connection.socket.closed) connection.holds++;
  }

  readonly #released = (connection: Connection): void => {
    this.#remove(connection);
    if (connection.isHandedOver) this.#handedOver--;
    const { bytesRead, bytesWritten } = connection.socket as Socket;
    this.#received += bytesRead;
    this.#sent += bytesWritten;
    if (connection.block !== null) this.#count(connection.block, -1);
    if (this.#open.length === 0) for (const closed of this.#whenClosed.splice(0)) closed();
  };

  #remove({ place }: Connection): void {
    const last = this.#open.pop() as Connection;
    if (last.place === place) return;
    this.#open[place] = last;
    last.place = place;
  }

  #countFor(connection: Connection, block: string | null): void {
    connection.block = block;
    if (block !== null) this.#count(block, 1);
  }

  #count(block: string, change: 1 | -1): void {
    const count = (this.#perBlock.get(block) ?? 0) + change;
    if (count === 0) this.#perBlock.delete(block);
    else this.#perBlock.set(block, count);
  }
}

function blockOf({ remoteAddress }: Socket): string | null {
  return remoteAddress === undefined ? null : addressBlock(remoteAddress);
}
