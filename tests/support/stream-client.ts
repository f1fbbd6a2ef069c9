import { once } from "node:events";
import * as net from "node:net";
import { deferred } from "./servers.js";

/** The address of a server in tests: its `server_address`. */
export type StreamAddress = readonly [host: string, port: number] | string;

/** A client of a stream server that keeps all received bytes. */
export class StreamClient {
  readonly socket: net.Socket;
  /** The error that ended the connection, if one did. */
  error: NodeJS.ErrnoException | undefined;
  readonly #closed = deferred();
  #received = Buffer.alloc(0);
  #ended = false;
  #changed = deferred();

  private constructor(socket: net.Socket) {
    this.socket = socket;
    socket.on("data", (bytes: Buffer) => {
      this.#received = Buffer.concat([this.#received, bytes]);
      this.#change();
    });
    socket.on("end", () => this.#end());
    socket.on("close", () => {
      this.#end();
      this.#closed.resolve();
    });
    socket.on("error", (error) => {
      this.error = error;
    });
  }

  /** Connects; resolves when the connection is open. */
  static async connect(address: StreamAddress, localPort?: number): Promise<StreamClient> {
    const socket = net.connect({ ...connectOptions(address, localPort), allowHalfOpen: true });
    await once(socket, "connect");
    return new StreamClient(socket);
  }

  /** Sends bytes or text. */
  send(data: string | Uint8Array): this {
    this.socket.write(data);
    return this;
  }

  /** Ends the sending side. */
  end(data = ""): this {
    this.socket.end(data);
    return this;
  }

  /** Drops the connection with a reset. */
  reset(): void {
    this.socket.resetAndDestroy();
  }

  /** Returns the next `count` bytes; fewer if the input ends. */
  async read(count: number): Promise<string> {
    while (this.#received.length < count && !this.#ended) await this.#changed.promise;
    const bytes = this.#received.subarray(0, count);
    this.#received = this.#received.subarray(count);
    return bytes.toString();
  }

  /** Ends the sending side, and returns everything until the end of the input. */
  async finish(data = ""): Promise<string> {
    this.end(data);
    return this.rest();
  }

  /** All up to the end of the input. */
  async rest(): Promise<string> {
    return this.read(Number.POSITIVE_INFINITY);
  }

  /** Resolves when the connection is closed. */
  closed(): Promise<void> {
    return this.#closed.promise;
  }

  #end(): void {
    this.#ended = true;
    this.#change();
  }

  #change(): void {
    const { resolve } = this.#changed;
    this.#changed = deferred();
    resolve();
  }
}

/** Sends `data`, ends the sending side, and returns the whole answer. */
export async function exchange(address: StreamAddress, data: string): Promise<string> {
  const client = await StreamClient.connect(address);
  const answer = await client.finish(data);
  client.socket.destroy();
  return answer;
}

function connectOptions(address: StreamAddress, localPort: number | undefined): net.NetConnectOpts {
  if (typeof address === "string") return { path: address };
  const [host, port] = address;
  const target = { "0.0.0.0": "127.0.0.1", "::": "::1" }[host] ?? host;
  return { host: target, port, ...(localPort !== undefined && { localPort }) };
}
