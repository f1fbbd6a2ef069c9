import assert from "node:assert/strict";
import { once } from "node:events";
import * as net from "node:net";
import type { TestContext } from "node:test";
import {
  BaseHTTPRequestHandler,
  type HTTPHandlerClass,
  HTTPServer,
  ThreadingHTTPServer,
} from "pyserve/http/server";
import { DisconnectedError, type InetAddress } from "pyserve/socketserver";
import { formatMessage } from "#src/http/percent-format.js";
import { trueTime } from "./clock.js";
import { PATIENCE, until } from "./servers.js";

/** A parsed response. */
export interface Reply {
  readonly version: string;
  readonly status: number;
  readonly reason: string;
  /** Names in lower case; repeated fields are joined with a comma. */
  readonly fields: Readonly<Record<string, string>>;
  /** As latin-1, without its framing. */
  readonly content: string;
  /** Marks the end of the content. */
  readonly framing: "none" | "length" | "chunked" | "close";
  /** True if the connection ended before the content did. */
  readonly isCut: boolean;
}

interface Head extends Pick<Reply, "version" | "status" | "reason" | "fields"> {}

/** A client that sends exactly the given bytes, and parses responses by the rules of RFC 9112. */
export class RawClient {
  readonly socket: net.Socket;
  /** The error that ended the connection, if one did. */
  error: NodeJS.ErrnoException | undefined;
  #pieces: Buffer[] = [];
  #size = 0;
  #isEnded = false;
  #changed: () => void = () => {};

  constructor(socket: net.Socket) {
    this.socket = socket;
    socket.setNoDelay(true);
    socket.on("data", (bytes: Buffer) => {
      this.#pieces.push(bytes);
      this.#size += bytes.length;
      this.#changed();
    });
    const ended = () => {
      this.#isEnded = true;
      this.#changed();
    };
    socket.on("end", ended);
    socket.on("close", ended);
    socket.on("error", (error) => {
      this.error = error;
    });
  }

  /** Number of received bytes that were not taken yet. */
  get received(): number {
    return this.#size;
  }

  /** True if the server has ended its side of the connection. */
  get isEnded(): boolean {
    return this.#isEnded;
  }

  /** Sends latin-1 text or bytes. */
  send(data: string | Uint8Array): this {
    this.socket.write(typeof data === "string" ? Buffer.from(data, "latin1") : data);
    return this;
  }

  /** Sends pieces. Each is sent before the next is written, so the server gets them one by one. */
  async sendPieces(pieces: Iterable<string | Uint8Array>): Promise<this> {
    for (const piece of pieces) {
      this.send(piece);
      await until(() => this.socket.destroyed || this.socket.writableLength === 0);
      await new Promise((resolve) => setImmediate(resolve));
    }
    return this;
  }

  /** Ends the sending side. */
  end(data = ""): this {
    this.socket.end(Buffer.from(data, "latin1"));
    return this;
  }

  /** Takes the next response. */
  async reply(method = "GET"): Promise<Reply> {
    const head = await this.head();
    return { ...head, ...(await this.#content(head, method)) };
  }

  /** Takes only the next head. */
  async head(): Promise<Head> {
    const lines: string[] = [];
    for (let line = await this.line(); line !== ""; line = await this.line()) lines.push(line);
    const [, version = "", status = "", reason = ""] =
      /^(HTTP\/1\.[01]) ([0-9]{3}) (.*)$/.exec(lines[0] ?? "") ?? assert.fail(`no status line: ${lines[0]}`);
    return { version, status: Number(status), reason, fields: fieldsOf(lines.slice(1)) };
  }

  /** Takes a line, without its end. */
  async line(): Promise<string> {
    const find = () => this.#join().indexOf("\r\n");
    await this.#when(() => find() >= 0);
    const at = find();
    assert.ok(at >= 0, `the connection ended in a head, after ${JSON.stringify(this.#join().toString())}`);
    return this.#take(at + 2)
      .subarray(0, -2)
      .toString("latin1");
  }

  /** Takes bytes; fewer if the connection ends. */
  async read(count: number): Promise<string> {
    await this.#when(() => this.#size >= count);
    return this.#take(Math.min(count, this.#size)).toString("latin1");
  }

  /** Takes everything until the end of the connection. */
  rest(): Promise<string> {
    return this.read(Number.POSITIVE_INFINITY);
  }

  /** Asserts that the server sends nothing more and ends the connection. */
  async assertEnd(): Promise<void> {
    assert.equal(await this.rest(), "", "nothing more comes");
    this.socket.destroy();
  }

  async #content(head: Head, method: string): Promise<Pick<Reply, "content" | "framing" | "isCut">> {
    const { status, fields } = head;
    const hasNone = method === "HEAD" || status < 200 || status === 204 || status === 304;
    if (hasNone) return { content: "", framing: "none", isCut: false };
    if (fields["transfer-encoding"] !== undefined) return this.#chunks();
    if (fields["content-length"] === undefined)
      return { content: await this.rest(), framing: "close", isCut: this.error !== undefined };
    const length = Number(fields["content-length"]);
    const content = await this.read(length);
    return { content, framing: "length", isCut: content.length < length };
  }

  async #chunks(): Promise<Pick<Reply, "content" | "framing" | "isCut">> {
    let content = "";
    for (;;) {
      await this.#when(() => this.#join().includes("\r\n"));
      if (!this.#join().includes("\r\n")) return { content, framing: "chunked", isCut: true };
      const line = await this.line();
      assert.match(line, /^[0-9a-f]+$/, "a chunk begins with its size");
      const size = Number.parseInt(line, 16);
      const chunk = await this.read(size + 2);
      content += chunk.slice(0, size);
      if (chunk.length < size + 2) return { content, framing: "chunked", isCut: true };
      assert.equal(chunk.slice(size), "\r\n");
      if (size === 0) return { content, framing: "chunked", isCut: false };
    }
  }

  async #when(condition: () => boolean): Promise<void> {
    const timer = trueTime.setTimeout(() => this.#changed(), PATIENCE);
    const end = trueTime.now() + PATIENCE;
    while (!condition() && !this.#isEnded) {
      if (trueTime.now() > end)
        assert.fail(`waited in vain, after ${this.#join().toString("latin1", 0, 200)}`);
      await new Promise<void>((resolve) => {
        this.#changed = resolve;
      });
    }
    trueTime.clearTimeout(timer);
  }

  #join(): Buffer {
    if (this.#pieces.length > 1) this.#pieces = [Buffer.concat(this.#pieces)];
    return this.#pieces[0] ?? Buffer.alloc(0);
  }

  #take(count: number): Buffer {
    const all = this.#join();
    this.#pieces = count === all.length ? [] : [all.subarray(count)];
    this.#size = all.length - count;
    return all.subarray(0, count);
  }
}

function fieldsOf(lines: readonly string[]): Record<string, string> {
  const fields: Record<string, string> = Object.create(null);
  for (const line of lines) {
    const [, name = "", value = ""] = /^([^:\s]+): (.*)$/.exec(line) ?? assert.fail(`no field line: ${line}`);
    const key = name.toLowerCase();
    fields[key] = key in fields ? `${fields[key]}, ${value}` : value;
  }
  return fields;
}

/** Records of a server in tests. */
export interface Notes {
  /** Log lines of the handlers. */
  readonly log: string[];
  /** Errors that `handle_error` got, except disconnects of clients, which it does not report. */
  readonly errors: unknown[];
  /** Disconnects that `handle_error` got. */
  readonly disconnects: DisconnectedError[];
}

const notesOf = new WeakMap<object, Notes>();

/** A handler whose log lines go to the records of its server. */
export class TestHandler extends BaseHTTPRequestHandler {
  override log_message(format: string, ...args: unknown[]): void {
    notesOf.get(this.server)?.log.push(formatMessage(format, args));
  }

  /** Sends a complete text response. */
  respond(text = "", status = 200): void {
    this.send_response(status);
    this.send_header("Content-Length", Buffer.byteLength(text));
    this.end_headers();
    this.wfile.write(text);
  }
}

/** A server that records its errors and its connections. */
function observed(Server: typeof HTTPServer, notes: Notes, connections: Set<net.Socket>): typeof HTTPServer {
  return class extends Server {
    override handle_error(_request: net.Socket, _client_address: InetAddress, error: unknown): void {
      if (error instanceof DisconnectedError) notes.disconnects.push(error);
      else notes.errors.push(error);
    }

    override verify_request(request: net.Socket, client_address: InetAddress) {
      connections.add(request);
      request.once("close", () => connections.delete(request));
      return super.verify_request(request, client_address);
    }
  };
}

/** A running server, and its clients. */
export class Fixture implements Notes {
  readonly log: string[] = [];
  readonly errors: unknown[] = [];
  readonly disconnects: DisconnectedError[] = [];
  readonly server: HTTPServer;
  /** Connections that are open. */
  readonly connections = new Set<net.Socket>();
  readonly #clients: net.Socket[] = [];
  readonly #serving: Promise<void>;

  constructor(Handler: HTTPHandlerClass, Server: typeof HTTPServer, handler_args: object | undefined) {
    this.server = new (observed(Server, this, this.connections))(["127.0.0.1", 0], Handler, { handler_args });
    notesOf.set(this.server, this);
    this.#serving = this.server.serve_forever();
    this.#serving.catch(() => {});
  }

  get port(): number {
    return this.server.server_port;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** Opens a new connection to it. */
  async connect(options: Partial<net.TcpNetConnectOpts> = {}): Promise<RawClient> {
    const socket = net.connect({ host: "127.0.0.1", port: this.port, allowHalfOpen: true, ...options });
    this.#clients.push(socket);
    const client = new RawClient(socket);
    await once(socket, "connect");
    return client;
  }

  /** Sends text on a new connection, which the test may continue to use. */
  async send(text: string): Promise<RawClient> {
    return (await this.connect()).send(text);
  }

  /** Takes the errors that the test expects. */
  takeErrors(): unknown[] {
    return this.errors.splice(0);
  }

  /** Closes everything, and asserts that nothing is left. */
  async close(): Promise<void> {
    for (const client of this.#clients) client.destroy();
    await this.server.server_close();
    await this.#serving;
    await until(() => this.connections.size === 0, "the connections to be closed");
    assert.deepEqual(this.errors, [], "nothing has gone to handle_error");
  }
}

/** Starts a server for a test. The test fails if the server leaves something open, or has unexpected errors. */
export function serveHttp(
  t: TestContext,
  Handler: HTTPHandlerClass,
  {
    Server = ThreadingHTTPServer,
    handler_args,
  }: { Server?: typeof HTTPServer; handler_args?: object | undefined } = {},
): Fixture {
  const fixture = new Fixture(Handler, Server, handler_args);
  t.after(() => fixture.close());
  return fixture;
}

/** Both servers: one request at a time, and all at the same time. */
export const HTTP_SERVERS: readonly (typeof HTTPServer)[] = [HTTPServer, ThreadingHTTPServer];

/** A request without content. */
export function get(path: string, ...fields: string[]): string {
  return request("GET", path, fields);
}

/** Returns the head of a request, or a whole request with content. */
export function request(method: string, path: string, fields: readonly string[] = [], content = ""): string {
  return [`${method} ${path} HTTP/1.1`, "Host: test", ...fields, "", content].join("\r\n");
}

/** Pieces of one byte. */
export function byteByByte(text: string): string[] {
  return [...text];
}

/** Records unhandled errors while a test runs, and fails it with them. */
export function noneUnhandled(t: TestContext): void {
  const unhandled: unknown[] = [];
  const note = (error: unknown) => void unhandled.push(error);
  process.on("unhandledRejection", note);
  t.after(async () => {
    await new Promise((resolve) => setImmediate(resolve));
    process.off("unhandledRejection", note);
    assert.deepEqual(unhandled, [], "every rejection is handled");
  });
}

/** Waits until a server has no connection open. */
export async function leavesSocketsClosed(fixture: Fixture): Promise<void> {
  await until(() => fixture.connections.size === 0, "the connections to be closed");
}
