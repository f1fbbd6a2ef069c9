import { channel } from "node:diagnostics_channel";
import type { Socket } from "node:net";
import type { Refusal } from "./open-connections.js";

/** What `pyserve:connection` tells: a connection has come. On the thread that accepts. */
export interface ConnectionEvent {
  /** That has accepted it. */
  readonly server: unknown;
  /** To be left unread. */
  readonly connection: Socket;
  /** Which limit it exceeds, so that it is closed; `null` where it is taken. */
  readonly refusal: Refusal | null;
}

/** What `pyserve:error` tells: something was thrown that `handle_error` gets next. On the thread where it was thrown. */
export interface ErrorEvent {
  /** Whose `handle_error` it is. */
  readonly server: unknown;
  /** `undefined`, like the address, where it was thrown by a hook that is not for one request. */
  readonly request: unknown;
  /** Of the request. */
  readonly client_address: unknown;
  /** What was thrown: mostly an `Error`. */
  readonly error: unknown;
}

/** Each is asked for subscribers before anything is made for them. */
export const connectionChannel = channel("pyserve:connection");
export const errorChannel = channel("pyserve:error");
