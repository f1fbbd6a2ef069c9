import type { BaseHTTPRequestHandler } from "../http/base-http-request-handler.js";
import type { AddressOf, AnyServer, RequestOf } from "../socketserver/base-request-handler.js";
import type { HandlerLike } from "../socketserver/handler-class.js";
import type { RecordedInput, RecordedRequest } from "./journal.js";

/** A handler that the kit can start or run. It knows its server. */
export interface TestedHandler extends HandlerLike {
  /** The server that made it. */
  readonly server: unknown;
}

/**
 * The class of a handler that a server can use.
 *
 * @typeParam Server - the class of the server
 * @typeParam Args - what the handler's constructor takes as its last argument: the type of `handler_args`
 * @typeParam Handler - the handler
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
