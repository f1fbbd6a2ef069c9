import { channel } from "node:diagnostics_channel";
import type { BaseHTTPRequestHandler } from "./base-http-request-handler.js";

/**
 * Event of `pyserve:request`: a request has arrived, and its `do_` method is called next. Published on the thread that
 * serves it.
 */
export interface RequestEvent {
  /** The handler, with the request: `command`, `path`, `headers`, `client_address` and so on. */
  readonly handler: BaseHTTPRequestHandler;
}

/** Outcome of a response, for `log_response`. */
export interface ResponseOutcome {
  /** The status code that was sent; `null` if nothing was sent. */
  readonly status: number | null;
  /** Bytes of the body that were sent, without header and framing. */
  readonly size: number;
  /** Seconds from the header of the request to the end of the response. */
  readonly seconds: number;
  /** True if the client can see that it has the whole response; `false` if it is incomplete. */
  readonly complete: boolean;
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
