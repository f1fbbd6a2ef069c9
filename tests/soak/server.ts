// The server of the soak test. soak.ts starts it, and requests its memory and descriptors.
import { readdirSync } from "node:fs";
import { SimpleHTTPRequestHandler, ThreadingHTTPServer } from "pyserve";

class Mixed extends SimpleHTTPRequestHandler {
  /** Sends the bytes back as they arrive. */
  async do_POST(): Promise<void> {
    this.send_response(200);
    this.end_headers();
    for await (const piece of this.rfile) await this.wfile.write(piece);
  }

  override log_message(): void {}
}

class Quiet extends ThreadingHTTPServer {
  errors = 0;

  override handle_error(request: unknown, address: unknown, error: unknown): void {
    if ((error as { code?: unknown }).code === "ECONNRESET" || (error as { code?: unknown }).code === "EPIPE")
      return;
    this.errors++;
    console.error(request === undefined, address, error);
  }
}

const server = new Quiet(["127.0.0.1", 0], Mixed, { handler_args: { directory: process.argv[2] } });
const serving = server.serve_forever();
process.send?.({ port: server.server_port });
process.on("message", async (question) => {
  if (question === "end") return server.server_close();
  globalThis.gc?.();
  const { heapUsed, arrayBuffers, rss } = process.memoryUsage();
  const descriptors = readdirSync("/proc/self/fd").length;
  const { errors } = server;
  process.send?.({ used: heapUsed + arrayBuffers, rss, descriptors, errors, stats: await server.stats() });
});
await serving;
process.disconnect?.();
