import { Duplex } from "node:stream";
import { DisconnectedError } from "./connection-errors.js";

/**
 * Returns a signal that is aborted when a connection is closed.
 *
 * @param request - a connection; for anything else the signal is never aborted
 */
export function connectionSignal(request: unknown): AbortSignal {
  return connectionController(request).signal;
}

/**
 * Returns a controller whose signal is also aborted when a connection is closed.
 *
 * @param request - as for {@link connectionSignal}
 */
export function connectionController(request: unknown): AbortController {
  const controller = new AbortController();
  if (request instanceof Duplex) {
    const abort = () => controller.abort(new DisconnectedError("The connection is closed."));
    if (request.destroyed) abort();
    else request.once("close", abort);
  }
  return controller;
}
