import { EventEmitter, once } from "node:events";
import type { HTTPMessage } from "../http1/message.js";
import type { InetAddress, UnixAddress } from "../socketserver/addresses.js";

/** Input from a client: over a connection, or in a datagram. */
export interface RecordedInput {
  /** Address of the client. */
  readonly client_address: InetAddress | UnixAddress;
  /** Bytes that the handler has read from `rfile` so far. For HTTP, the decoded body. For a datagram, all bytes. */
  readonly body: Buffer;
}

/** A recorded HTTP request. */
export interface RecordedRequest extends RecordedInput {
  /** Method, as the client wrote it: `GET`. */
  readonly method: string;
  /** Path and query: the handler's `path`. */
  readonly path: string;
  /** HTTP version: `HTTP/1.1`. */
  readonly version: string;
  /** The header fields. */
  readonly headers: HTTPMessage;
}

/** Records the input and the log lines of a server's handlers. */
export class Journal<Input extends RecordedInput = RecordedInput> {
  /** Inputs in the order of arrival. */
  readonly requests: Input[] = [];
  /** One entry for each call of `log_message`. */
  readonly log: string[] = [];
  /** Number of requests that have been served. */
  served = 0;
  readonly #events = new EventEmitter();
  #isClosed = false;

  constructor() {
    this.#events.setMaxListeners(0); // a test may wait for any number of requests at once
  }

  /** Counts a request whose handler has finished. */
  addServed(): void {
    this.served++;
    this.#events.emit("change");
  }

  /** Ends the journal. {@link whenServed} rejects from now on, instead of waiting for more requests. */
  close(): void {
    this.#isClosed = true;
    this.#events.emit("change");
  }

  /** Resolves when `count` requests have been served. Rejects if the journal is closed first. */
  async whenServed(count: number): Promise<void> {
    while (this.served < count) {
      if (this.#isClosed)
        throw new Error(`The server was closed when it had served ${this.served} of ${count} requests.`);
      await once(this.#events, "change");
    }
  }
}
