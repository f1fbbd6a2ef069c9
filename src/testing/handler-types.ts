import type { BaseHTTPRequestHandler } from "../http/base-http-request-handler.js";
import type { AddressOf, AnyServer, RequestOf } from "../socketserver/base-request-handler.js";
import type { HandlerLike } from "../socketserver/handler-class.js";
import type { RecordedInput, RecordedRequest } from "./journal.js";

/** A handler that the test kit can start or run. */
export interface TestedHandler extends HandlerLike {
  /** The server that created it. */
  readonly server: unknown;
}

/**
 * The class of a handler that a server can use.
 *
 * @typeParam Server - the class of the server
 * @typeParam Args - type of `handler_args`, the last argument of the handler's constructor
 * @typeParam Handler - the class of the handler
 */
export type HandlerClassFor<Server extends AnyServer, Args, Handler> = new (
  request: RequestOf<Server>,
  client_address: AddressOf<Server>,
  server: Server,
  args?: Args,
) => Handler;

/** Type of a handler's recorded input: HTTP requests, or bytes. */
export type RecordOf<Handler> =
  Handler extends Pick<BaseHTTPRequestHandler<never>, "parse_request" | "command">
    ? RecordedRequest
    : RecordedInput;
