// @ts-check
import { threadId } from "node:worker_threads";
import { BaseHTTPRequestHandler, ForkingMixIn, HTTPServer, ThreadingHTTPServer } from "../../dist/index.js";

/** Each path below `/die/` ends its thread or process in a different way, before it answers. */
const DEATHS = {
  exit: () => process.exit(0),
  throw: () => setImmediate(raise),
  reject: () => void Promise.reject(new Error("rejected on purpose")),
};

/**
 * Answers with its thread or process, or ends it. In a separate file, which starts nothing: threads and processes
 * import it.
 */
export class Mortal extends BaseHTTPRequestHandler {
  static module = import.meta.url;

  /** @returns {void | Promise<void>} */
  do_GET() {
    const death = DEATHS[/** @type {keyof typeof DEATHS} */ (this.path.slice("/die/".length))];
    if (death !== undefined) {
      death();
      // It never answers.
      return new Promise(() => {});
    }
    const body = `${process.pid}.${threadId}`;
    this.send_response(200);
    this.send_header("Content-Length", String(body.length));
    this.end_headers();
    this.wfile.write(body);
  }

  /** @override */
  log_message() {}
}

/** @type {unknown[]} Errors that `handle_error` got in this thread. */
export const told = [];

/** Threads serve it. */
export class MortalThreads extends ThreadingHTTPServer {
  static module = import.meta.url;
  /** @override */
  static max_threads = 3;

  /**
   * @override
   * @param {unknown} _request
   * @param {unknown} _address
   * @param {unknown} error
   */
  handle_error(_request, _address, error) {
    told.push(error);
  }
}

/** Processes serve it. */
export class MortalProcesses extends ForkingMixIn(HTTPServer) {
  static module = import.meta.url;

  /**
   * @override
   * @param {unknown} _request
   * @param {unknown} _address
   * @param {unknown} error
   */
  handle_error(_request, _address, error) {
    told.push(error);
  }
}

function raise() {
  throw new Error("thrown on purpose");
}
