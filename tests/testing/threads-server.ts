/** A server that the kit starts with threads, which import it from here. */
import { threadId } from "node:worker_threads";
import { BaseHTTPRequestHandler, ThreadingHTTPServer } from "pyserve";

export class ThreadsServer extends ThreadingHTTPServer {
  static module = import.meta.url;
  static override max_threads = 1;
}

/** Answers with the number of its thread. */
export class WhichThread extends BaseHTTPRequestHandler {
  static module = import.meta.url;

  do_GET(): void {
    this.send_response(200);
    this.end_headers();
    this.wfile.write(String(threadId));
  }

  override log_message(): void {}
}
