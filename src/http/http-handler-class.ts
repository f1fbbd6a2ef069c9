import type { Socket } from "node:net";
import type { InetAddress } from "../socketserver/addresses.js";
import type { RequestHandlerClass } from "../socketserver/handler-class.js";
import type { BaseHTTPRequestHandler } from "./base-http-request-handler.js";

/**
 * A class that derives from `BaseHTTPRequestHandler`.
 *
 * @typeParam Args - type of the last argument of its constructor: the server's `handler_args`
 */
export type HTTPHandlerClass<Args extends object = object> = Pick<
  typeof BaseHTTPRequestHandler,
  "protocol_version"
> &
  RequestHandlerClass<Socket, InetAddress, Args>;
