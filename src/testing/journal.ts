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
  readonly #waiting = new Set<() => void>();
  #served = 0;
  #isClosed = false;

  /** Number of requests that have been served. */
  get served(): number {
    return this.#served;
  }

  /** Counts a request whose handler has finished. */
  addServed(): void {
    this.#served++;
    for (const look of this.#waiting) look();
  }

  /** Ends the journal. {@link whenServed} rejects from now on, instead of waiting for more requests. */
  close(): void {
    this.#isClosed = true;
    for (const look of this.#waiting) look();
  }

  /** Resolves when `count` requests have been served. Rejects if the journal is closed before. */
  whenServed(count: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const look = () => {
        if (this.#served >= count) settle(resolve);
        else if (this.#isClosed) settle(() => reject(new Error(this.#tooFew(count))));
      };
      const settle = (how: () => void) => {
        this.#waiting.delete(look);
        how();
      };
      this.#waiting.add(look);
      look();
    });
  }

  #tooFew(count: number): string {
    return `The server was closed when it had served ${this.#served} requests, and not ${count}.`;
  }
}
