import { channel } from "node:diagnostics_channel";
import type { BaseHTTPRequestHandler } from "./base-http-request-handler.js";
import type { ResponseOutcome } from "./response-outcome.js";

/** What `pyserve:request` tells: a request has come, and its `do_` method is called next. On the thread that serves it. */
export interface RequestEvent {
  /** With `command`, `path`, `headers`, `client_address` and all else of the request. */
  readonly handler: BaseHTTPRequestHandler;
}

/** What `pyserve:response` tells: a response is complete, or never will be. Also for what was no request, and was refused. */
export interface ResponseEvent extends ResponseOutcome {
  /** That has served it. */
  readonly handler: BaseHTTPRequestHandler;
}

/** Each is asked for subscribers before anything is made for them. */
export const requestChannel = channel("pyserve:request");
export const responseChannel = channel("pyserve:response");
