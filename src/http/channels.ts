import { channel } from "node:diagnostics_channel";
import type { BaseHTTPRequestHandler } from "./base-http-request-handler.js";
import type { ResponseOutcome } from "./response-outcome.js";

/**
 * Event of `pyserve:request`: a request has arrived, and its `do_` method is called next. Published on the thread that
 * serves it.
 */
export interface RequestEvent {
  /** The handler, with the request: `command`, `path`, `headers`, `client_address` and so on. */
  readonly handler: BaseHTTPRequestHandler;
}

/**
 * Event of `pyserve:response`: a response has ended, completely or not. Also published for a malformed request that was
 * refused.
 */
export interface ResponseEvent extends ResponseOutcome {
  /** The handler that served it. */
  readonly handler: BaseHTTPRequestHandler;
}

/** Code that publishes checks for subscribers before it creates an event. */
export const requestChannel = channel("pyserve:request");
export const responseChannel = channel("pyserve:response");
