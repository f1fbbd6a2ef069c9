import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";
import { text } from "node:stream/consumers";

/** A request that Node's parser has read to its end. */
export interface NodeRequest {
  readonly method: string | undefined;
  readonly target: string | undefined;
  /** Name, value, name, value, … */
  readonly fields: readonly string[];
  /** As latin-1. */
  readonly content: string;
}

/** Outcome of Node's server for the bytes of one connection. */
export interface NodeOutcome {
  readonly requests: readonly NodeRequest[];
  /** True if it has refused something. */
  readonly refuses: boolean;
}

/** Node's own server, which reports the requests that it has read. One connection at a time. */
export class NodeParser {
  readonly #server: Server = createServer();
  // In order; `undefined` for a request whose end has not arrived.
  #requests: (NodeRequest | undefined)[] = [];
  #refuses = false;

  constructor() {
    for (const event of ["request", "checkContinue", "checkExpectation"] as const)
      this.#server.on(event, (request, response) => this.#take(request, response));
    this.#server.on("connect", (request, socket) => {
      this.#requests.push(requestOf(request, ""));
      socket.end();
    });
    this.#server.on("clientError", (_error, socket) => {
      this.#refuses = true;
      socket.destroy();
    });
  }

  async #take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const at = this.#requests.push(undefined) - 1;
    try {
      const content = await text(request.setEncoding("latin1"));
      this.#requests[at] = requestOf(request, content);
      response.end();
    } catch {
      // The content has no end.
    }
  }

  async listen(): Promise<void> {
    await once(this.#server.listen(0, "127.0.0.1"), "listening");
  }

  close(): void {
    this.#server.close();
  }

  /** Sends bytes, and ends the connection. */
  async read(bytes: Buffer): Promise<NodeOutcome> {
    this.#requests = [];
    this.#refuses = false;
    const { port } = this.#server.address() as AddressInfo;
    const reply = await replyTo(connect(port, "127.0.0.1"), bytes);
    // A request without Host is refused without an event.
    const requests = this.#requests.filter((request) => request !== undefined);
    return { requests, refuses: this.#refuses || reply.includes("HTTP/1.1 400 ") };
  }
}

function requestOf({ method, url, rawHeaders }: IncomingMessage, content: string): NodeRequest {
  return { method, target: url, fields: rawHeaders, content };
}

async function replyTo(socket: Socket, bytes: Buffer): Promise<string> {
  let reply = "";
  socket.on("error", () => {});
  socket.setEncoding("latin1").on("data", (piece: string) => {
    reply += piece;
  });
  socket.end(bytes);
  await once(socket, "close");
  return reply;
}
