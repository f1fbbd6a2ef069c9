import { once } from "node:events";
import { connect } from "node:net";
import type { TestContext } from "node:test";
import { BaseHTTPRequestHandler, ThreadingHTTPServer } from "pyserve";

/** Action of a test for a request. */
export type Respond = (this: Answering) => void | Promise<void>;

/** A handler whose GET and POST run a test's action. It logs nothing. */
export class Answering extends BaseHTTPRequestHandler {
  respond: Respond = () => {};

  do_GET(): void | Promise<void> {
    return this.respond.call(this);
  }

  do_POST(): void | Promise<void> {
    return this.respond.call(this);
  }

  override log_message(): void {}
}

/** Sends 200 with content. */
export function ok(text = "ok"): Respond {
  return function () {
    this.send_response(200);
    this.end_headers();
    this.wfile.write(text);
  };
}

/** A request to a server, and its outcome. */
export interface Exchange {
  /** Everything that the client got until the connection ended, as latin-1. */
  readonly reply: string;
  /** Errors that `handle_error` got. */
  readonly errors: readonly unknown[];
}

/**
 * Sends bytes to a new server, and waits until the connection ends.
 *
 * @param respond - the handler's action
 * @param settings - attributes and methods of the handler; with `ends: false`, the client waits for the server's end
 */
export async function exchange(
  t: TestContext,
  bytes: string,
  respond: Respond = ok(),
  { ends = true, ...settings }: { ends?: boolean; [name: string]: unknown } = {},
): Promise<Exchange> {
  const errors: unknown[] = [];
  class Handler extends Answering {
    override setup(): void {
      Object.assign(this, settings, { respond });
      void super.setup();
    }
  }
  class Server extends ThreadingHTTPServer {
    override handle_error(_request: unknown, _address: unknown, error: unknown): void {
      errors.push(error);
    }
  }
  const httpd = new Server(["127.0.0.1", 0], Handler);
  void httpd.serve_forever();
  t.after(() => httpd.server_close());
  return { reply: await send(httpd.server_port, bytes, ends), errors };
}

/** Returns the bytes that the server at a port sends until the connection ends. */
export async function send(port: number, bytes: string, ends: boolean): Promise<string> {
  const socket = connect(port, "127.0.0.1");
  const pieces: Buffer[] = [];
  socket.on("data", (piece: Buffer) => pieces.push(piece));
  // A reset is an end, too. Only the bytes before it count.
  socket.on("error", () => {});
  socket.write(bytes, "latin1");
  if (ends) socket.end();
  await once(socket, "close");
  return Buffer.concat(pieces).toString("latin1");
}

/** Returns `GET /` in HTTP/1.1 with fields. */
export function get(path = "/", ...fields: string[]): string {
  return [`GET ${path} HTTP/1.1`, "Host: x", ...fields, "", ""].join("\r\n");
}

/** Returns `POST /` with content after its fields. */
export function post(content: string, ...fields: string[]): string {
  return ["POST / HTTP/1.1", "Host: x", ...fields, "", content].join("\r\n");
}
