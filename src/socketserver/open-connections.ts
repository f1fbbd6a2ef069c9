import type { Socket } from "node:net";
import { Connection, type ConnectionList } from "../io/connection.js";
import { carrierOf, type SocketInternals } from "../io/socket-internals.js";
import type { Crowd } from "../io/write-progress.js";
import { addressBlock } from "./address-block.js";

/** Reasons to refuse a connection. */
export type Refusal = "max_connections" | "max_connections_per_address" | "request_queue_size";

/**
 * Counts the connections of a server, and the bytes of the connections that this thread serves.
 *
 * A connection that was passed to a thread or a process has no socket here. It counts as open while the thread or
 * process serves it.
 */
export class OpenConnections implements ConnectionList {
  /** Tells each connection whether connections are scarce. */
  readonly crowd: Crowd;
  /** Number of accepted connections. */
  accepted = 0;
  /** Number of refused connections, by exceeded limit. */
  readonly refusals: Record<Refusal, number> = {
    max_connections: 0,
    max_connections_per_address: 0,
    request_queue_size: 0,
  };
  #handedOver = 0;
  #whenClosed: (() => void)[] = [];
  /** The open connections. Each knows its index. */
  readonly #open: Connection[] = [];
  readonly #perBlock = new Map<string, number>();
  #countsBlocks = false;
  #received = 0;
  #sent = 0;

  constructor(crowd: Crowd) {
    this.crowd = crowd;
  }

  /** Number of connections that have arrived. */
  get arrivals(): number {
    return this.accepted + this.refused;
  }

  /** Number of refused connections. */
  get refused(): number {
    return Object.values(this.refusals).reduce((sum, count) => sum + count, 0);
  }

  /** Number of open connections, including those that another thread has accepted. */
  get size(): number {
    return this.#open.length;
  }

  /** Number of open connections that this thread has accepted. */
  get ownSize(): number {
    return this.#open.length - this.#handedOver;
  }

  /** Received bytes. For a connection that has moved to a worker, only the bytes that had arrived before. */
  get received(): number {
    return this.#open.reduce((sum, { socket }) => sum + (socket as Socket).bytesRead, this.#received);
  }

  /** Bytes that were sent, or wait to be sent. */
  get sent(): number {
    return this.#open.reduce((sum, { socket }) => sum + (socket as Socket).bytesWritten, this.#sent);
  }

  /**
   * Accepts a connection, unless there are too many.
   *
   * @param total - maximum number of connections
   * @param perAddress - maximum number from one address: see {@link addressBlock}
   * @returns the reason to refuse it; `null` if it was accepted
   */
  admit(socket: Socket, total: number, perAddress: number): Refusal | null {
    const block = perAddress === Number.POSITIVE_INFINITY ? null : this.#blockOf(socket);
    let refusal: Refusal | null = null;
    if (this.#open.length >= total) refusal = "max_connections";
    else if (block !== null && (this.#perBlock.get(block) ?? 0) >= perAddress)
      refusal = "max_connections_per_address";
    if (refusal === null) this.#add(Connection.of(socket), block);
    else this.refusals[refusal]++;
    return refusal;
  }

  /**
   * Counts a connection for the client that its proxy names.
   *
   * @returns false if this client has too many
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

  /** Adds a connection from another thread, which counts it and has checked the limits. */
  takeOver(socket: Socket): void {
    const connection = Connection.of(socket);
    if (connection.place >= 0 || socket.closed) return;
    connection.isHandedOver = true;
    this.#handedOver++;
    this.#add(connection, null);
  }

  /** Resolves when none is open. */
  closed(): Promise<void> {
    if (this.#open.length === 0) return Promise.resolve();
    return new Promise((resolve) => this.#whenClosed.push(resolve));
  }

  /** Counts a connection that an override of `get_request` has created. For TLS, counts the connection below it. */
  know(socket: Socket): Connection {
    const carrier = (socket as SocketInternals)._parent ? carrierOf(socket as SocketInternals) : socket;
    const connection = Connection.of(carrier as Socket);
    if (connection.place < 0) this.#add(connection, null);
    return connection;
  }

  /**
   * Returns the part of the address that limits apply to. The address is read only if a limit is set. From then on,
   * earlier connections count too.
   */
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
    connection.list = this;
    connection.place = this.#open.push(connection) - 1;
    if (block !== null) this.#countFor(connection, block);
    if (!connection.socket.closed) connection.holds++;
  }

  released(connection: Connection): void {
    const { place, isHandedOver, block, socket } = connection;
    const last = this.#open.pop() as Connection;
    if (last.place !== place) this.#open[place] = last;
    last.place = place;
    if (isHandedOver) this.#handedOver--;
    const { bytesRead, bytesWritten } = socket as Socket;
    this.#received += bytesRead;
    this.#sent += bytesWritten;
    if (block !== null) this.#count(block, -1);
    if (this.#open.length === 0) for (const closed of this.#whenClosed.splice(0)) closed();
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
