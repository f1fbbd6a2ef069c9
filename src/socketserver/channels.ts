import { channel } from "node:diagnostics_channel";
import type { Socket } from "node:net";
import type { Refusal } from "./open-connections.js";

/** Event of `pyserve:connection`: a connection has arrived. Published on the thread that accepts. */
export interface ConnectionEvent {
  /** The server that has accepted it. */
  readonly server: unknown;
  /** The connection. Don't read from it. */
  readonly connection: Socket;
  /** The exceeded limit if the connection is refused; `null` if it is accepted. */
  readonly refusal: Refusal | null;
}

/**
 * Event of `pyserve:error`: an error was thrown, and `handle_error` is called next. Published on the thread where it
 * was thrown.
 */
export interface ErrorEvent {
  /** The server whose `handle_error` is called. */
  readonly server: unknown;
  /** The request; `undefined`, like the address, if the hook does not belong to one request. */
  readonly request: unknown;
  /** Address of the client. */
  readonly client_address: unknown;
  /** The thrown value, usually an `Error`. */
  readonly error: unknown;
}

/** Code that publishes checks for subscribers before it creates an event. */
export const connectionChannel = channel("pyserve:connection");
export const errorChannel = channel("pyserve:error");
