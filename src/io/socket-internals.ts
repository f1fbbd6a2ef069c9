/** What Node's sockets have besides what they tell. */
export interface SocketInternals {
  readonly _handle?: SocketHandle | null;
  /** Of a TLS socket, the connection that it was made of. */
  readonly _parent?: SocketInternals | null;
}

/** The connection that carries another one, which is itself where it is not over TLS. */
export function carrierOf(socket: SocketInternals): SocketInternals {
  let carrier = socket;
  while (carrier._parent) carrier = carrier._parent;
  return carrier;
}

/** libuv's side of a connection. */
export interface SocketHandle {
  /** Bytes that it was given. */
  readonly bytesWritten?: number;
  /** Those of them that the system has not taken. */
  readonly writeQueueSize?: number;
  /** The fault of the peer's certificate, over TLS; `null` if it is trusted. */
  verifyError?(): { readonly code: string } | null;
}
