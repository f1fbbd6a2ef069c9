/** Servers over TLS with threads and with child processes, and a handler that returns its thread and process. */
import type { TLSSocket } from "node:tls";
import { threadId } from "node:worker_threads";
import { BaseHTTPRequestHandler, HTTPSServer, ThreadingHTTPSServer } from "pyserve/http/server";
import { ForkingMixIn } from "pyserve/socketserver";

export class ThreadsHTTPSServer extends ThreadingHTTPSServer {
  static module = import.meta.url;
  static override max_threads = 2;
}

export class ForkingHTTPSServer extends ForkingMixIn(HTTPSServer) {
  static module = import.meta.url;
  static override max_children = 2;
}

/** Answers with the process and the thread. */
export class Where extends BaseHTTPRequestHandler {
  static module = import.meta.url;

  do_GET(): void {
    if (this.path === "/abort") return this.abort();
    if (this.path === "/client") return this.#respond(this.#client());
    this.#respond(`${process.pid}.${threadId}`);
  }

  async do_POST(): Promise<void> {
    let length = 0;
    for await (const piece of this.rfile) length += piece.length;
    this.#respond(String(length));
  }

  override log_message(): void {}

  #client(): string {
    const connection = this.request as TLSSocket;
    return `${connection.getPeerCertificate().subject?.CN ?? "nobody"} ${connection.authorized}`;
  }

  #respond(text: string): void {
    this.send_response(200);
    this.send_header("X-Protocol", String((this.request as TLSSocket).alpnProtocol));
    this.end_headers();
    this.wfile.write(text);
  }
}
