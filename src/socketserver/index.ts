/**
 * Python's `socketserver`: servers for TCP, UDP and sockets in the file system, and the handlers of their requests.
 *
 * @module socketserver
 */

export { CodedError, OptionError } from "../errors/coded-error.js";
export type { Awaitable } from "../io/awaitable.js";
export { ByteReader, type ByteSource } from "../io/byte-reader.js";
export { type ByteSink, ByteWriter } from "../io/byte-writer.js";
export { DisconnectedError, IncompleteReadError, TimeoutError } from "../io/connection-errors.js";
export type { ProxyEndpoint, ProxyHeader } from "../io/proxy-protocol.js";
export type { ProxyDetails, ProxySsl, ProxyTlv } from "../io/proxy-tlvs.js";
export { WorkerError, type WorkerErrorCode } from "../workers/worker-error.js";
export {
  type AddressFamily,
  AF_INET,
  AF_INET6,
  AF_UNIX,
  type InetAddress,
  SOCK_DGRAM,
  SOCK_STREAM,
  type SocketType,
  type UnixAddress,
} from "./addresses.js";
export {
  type AddressOf,
  type AnyServer,
  BaseRequestHandler,
  type RequestOf,
} from "./base-request-handler.js";
export { BaseServer, type BaseServerOptions, type ServeForeverOptions } from "./base-server.js";
export type { ConnectionEvent, ErrorEvent } from "./channels.js";
export { DatagramRequestHandler } from "./datagram-request-handler.js";
export {
  ForkingMixIn,
  type ForkingMixInStatics,
  ForkingTCPServer,
  ForkingUnixStreamServer,
} from "./forking-mixin.js";
export type { HandlerLike, RequestHandlerClass } from "./handler-class.js";
export type { Endpoint } from "./listen.js";
export type { MixinClass } from "./mixin-class.js";
export type { Refusal } from "./open-connections.js";
export { ServerError, type ServerErrorCode } from "./server-error.js";
export type { ServerStats } from "./server-stats.js";
export type { OneOf } from "./settings.js";
export { SocketServer, type SocketServerOptions } from "./socket-server.js";
export { StreamRequestHandler } from "./stream-request-handler.js";
export { TCPServer, type TCPServerOptions } from "./tcp-server.js";
export {
  supportsAcceptInThreads,
  supportsThreads,
  ThreadingMixIn,
  type ThreadingMixInStatics,
  ThreadingTCPServer,
  ThreadingUDPServer,
  ThreadingUnixStreamServer,
} from "./threading-mixin.js";
export { type Datagram, UDPServer } from "./udp-server.js";
export { UnixStreamServer } from "./unix-servers.js";
