import { inspect } from "node:util";
import { ThreadingHTTPServer } from "../http/http-server.js";
import { HTTPSServer, ThreadingHTTPSServer } from "../http/https-server.js";
import { AF_INET6, AF_UNIX } from "../socketserver/addresses.js";
import { DatagramRequestHandler } from "../socketserver/datagram-request-handler.js";
import type { SocketServer } from "../socketserver/socket-server.js";
import {
  ThreadingTCPServer,
  ThreadingUDPServer,
  ThreadingUnixStreamServer,
} from "../socketserver/threading-mixin.js";
import { UDPServer } from "../socketserver/udp-server.js";
import type { AnyServerClass } from "./observed-server.js";
import { type AnyHandlerClass, isHTTPHandler } from "./recording-handler.js";

/** Protocol of a test server. `unix` means a Unix socket. */
export type Protocol = "http" | "https" | "tcp" | "udp" | "unix";

const SERVERS: Readonly<Record<Protocol, unknown>> = {
  http: ThreadingHTTPServer,
  https: ThreadingHTTPSServer,
  tcp: ThreadingTCPServer,
  udp: ThreadingUDPServer,
  unix: ThreadingUnixStreamServer,
};

export interface ServerChoice {
  readonly ServerClass?: unknown;
  readonly protocol?: Protocol | undefined;
}

export interface Chosen {
  readonly ServerClass: AnyServerClass;
  readonly protocol: Protocol;
}

/**
 * Finds the server class for a handler: the given class, or the threading class for this kind of handler.
 *
 * @throws `TypeError` if there is none
 */
export function chooseServer(HandlerClass: AnyHandlerClass, choice: ServerChoice): Chosen {
  if (typeof HandlerClass !== "function")
    throw new TypeError(`HandlerClass must be a class, not ${inspect(HandlerClass)}.`);
  if (choice.ServerClass !== undefined) {
    const ServerClass = choice.ServerClass as AnyServerClass;
    return { ServerClass, protocol: protocolOf(ServerClass, HandlerClass) };
  }
  const protocol = choice.protocol ?? protocolFor(HandlerClass);
  const ServerClass = SERVERS[protocol] as AnyServerClass | undefined;
  if (ServerClass !== undefined) return { ServerClass, protocol };
  throw new TypeError(`protocol must be ${Object.keys(SERVERS).join(", ")}, not ${inspect(protocol)}.`);
}

/** Returns the loopback address for a server of this class. The system chooses the port. */
export function loopbackOf(ServerClass: AnyServerClass): readonly [host: string, port: 0] {
  return [familyOf(ServerClass) === AF_INET6 ? "::1" : "127.0.0.1", 0];
}

function protocolFor(HandlerClass: AnyHandlerClass): Protocol {
  if (isHTTPHandler(HandlerClass)) return "http";
  return derives(HandlerClass, DatagramRequestHandler) ? "udp" : "tcp";
}

function protocolOf(ServerClass: AnyServerClass, HandlerClass: AnyHandlerClass): Protocol {
  if (familyOf(ServerClass) === AF_UNIX) return "unix";
  if (derives(ServerClass, UDPServer)) return "udp";
  if (derives(ServerClass, HTTPSServer)) return "https";
  return isHTTPHandler(HandlerClass) ? "http" : "tcp";
}

function familyOf(ServerClass: AnyServerClass): unknown {
  return (ServerClass as Partial<Pick<typeof SocketServer, "address_family">>).address_family;
}

function derives(
  Class: abstract new (...args: never[]) => object,
  Base: { readonly prototype: object },
): boolean {
  return Class.prototype instanceof (Base as new () => object) || (Class as unknown) === Base;
}
