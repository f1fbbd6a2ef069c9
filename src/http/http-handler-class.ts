import type { Socket } from "node:net";
import type { InetAddress } from "../socketserver/addresses.js";
import type { RequestHandlerClass } from "../socketserver/handler-class.js";
import type { BaseHTTPRequestHandler } from "./base-http-request-handler.js";

/** A class that derives from `BaseHTTPRequestHandler`. */
export type HTTPHandlerClass = Pick<typeof BaseHTTPRequestHandler, "protocol_version"> &
  RequestHandlerClass<Socket, InetAddress>;
