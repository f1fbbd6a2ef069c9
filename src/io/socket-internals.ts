/** Internal parts of Node's sockets. */
export interface SocketInternals {
  readonly _handle?: SocketHandle | null;
  /** The connection below a TLS socket. */
  readonly _parent?: SocketInternals | null;
}

/** Returns the connection that carries another one: itself, unless it is TLS. */
export function carrierOf(socket: SocketInternals): SocketInternals {
  let carrier = socket;
  while (carrier._parent) carrier = carrier._parent;
  return carrier;
}

/** libuv's side of a connection. */
export interface SocketHandle {
  /** Bytes that libuv has received from Node. */
  readonly bytesWritten?: number;
  /** The number of these bytes that the system has not accepted yet. */
  readonly writeQueueSize?: number;
  /** Descriptor. */
  readonly fd?: number;
  /** Listens, with a number of connections that may wait. It may be called again to change that number. */
  listen?(backlog: number): number;
  /** The error of the peer's TLS certificate; `null` if it is trusted. */
  verifyError?(): { readonly code: string } | null;
}
