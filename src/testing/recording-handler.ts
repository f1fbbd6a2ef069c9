import { formatMessage } from "../http/access-log.js";
import { BaseHTTPRequestHandler } from "../http/base-http-request-handler.js";
import { type Awaitable, after, isPromise } from "../io/awaitable.js";
import { ByteReader, type ByteSource } from "../io/byte-reader.js";
import type { BaseRequestHandler } from "../socketserver/base-request-handler.js";
import { declareVariant } from "../socketserver/class-location.js";
import type { MixinClass } from "../socketserver/mixin-class.js";
import { StreamRequestHandler } from "../socketserver/stream-request-handler.js";
import type { Datagram } from "../socketserver/udp-server.js";
import type { Journal, RecordedInput, RecordedRequest } from "./journal.js";

export type AnyHandlerClass = abstract new (...args: never[]) => object;

export function isHTTPHandler(HandlerClass: AnyHandlerClass): boolean {
  return HandlerClass.prototype instanceof BaseHTTPRequestHandler || HandlerClass === BaseHTTPRequestHandler;
}

/**
 * Returns a subclass that records its requests and its log.
 *
 * Threads use the original class, so they record nothing.
 */
export function recording<Class extends AnyHandlerClass>(HandlerClass: Class, journal: Journal): Class {
  const Recording = isHTTPHandler(HandlerClass)
    ? recordRequests(
        HandlerClass as unknown as typeof BaseHTTPRequestHandler,
        journal as Journal<RecordedRequest>,
      )
    : recordInput(HandlerClass as unknown as typeof BaseRequestHandler, journal);
  Object.defineProperty(Recording, "name", { value: HandlerClass.name });
  declareVariant(Recording, HandlerClass);
  return Recording as unknown as Class;
}

function recordRequests(
  HandlerClass: MixinClass<BaseHTTPRequestHandler>,
  journal: Journal<RecordedRequest>,
): AnyHandlerClass {
  const isSilent = HandlerClass.prototype.log_message === BaseHTTPRequestHandler.prototype.log_message;
  abstract class Recording extends HandlerClass {
    #isRecorded = false;

    override handle_one_request(): Awaitable<void> {
      let isLate = false;
      try {
        const handled = super.handle_one_request();
        isLate = isPromise(handled);
        return isPromise(handled) ? Promise.resolve(handled).finally(() => this.#served()) : handled;
      } finally {
        if (!isLate) this.#served();
      }
    }

    override parse_request(): boolean {
      const isToBeServed = super.parse_request();
      // `command` is `null` if the request line was invalid.
      if (this.command !== null) this.#record(this.command);
      return isToBeServed;
    }

    override log_message(format: string, ...args: unknown[]): void {
      journal.log.push(formatMessage(format, args));
      if (!isSilent) super.log_message(format, ...args);
    }

    #record(method: string): void {
      const { path, request_version: version, headers, client_address } = this;
      const content = new RecordingSource(this.rfile.source);
      this.rfile = content.reader();
      this.#isRecorded = true;
      journal.requests.push({
        method,
        path,
        version,
        headers,
        client_address,
        get body() {
          return content.bytes;
        },
      });
    }

    #served(): void {
      if (this.#isRecorded) journal.addServed();
      this.#isRecorded = false;
    }
  }
  return Recording;
}

function recordInput(HandlerClass: MixinClass<BaseRequestHandler>, journal: Journal): AnyHandlerClass {
  abstract class Recording extends HandlerClass {
    override setup(): Awaitable<void> {
      return after(super.setup(), () => this.#record());
    }

    override finish(): Awaitable<void> {
      return after(super.finish(), () => journal.addServed());
    }

    #record(): void {
      const client_address = this.client_address as RecordedInput["client_address"];
      const bytes = bytesOf(this);
      journal.requests.push({
        client_address,
        get body() {
          return bytes();
        },
      });
    }
  }
  return Recording;
}

/** Records the bytes that a handler reads through `rfile`. Returns a function that returns them. */
function bytesOf(handler: BaseRequestHandler): () => Buffer {
  if (Array.isArray(handler.request)) {
    const [packet] = handler.request as unknown as Datagram;
    return () => packet;
  }
  if (!(handler instanceof StreamRequestHandler)) return () => Buffer.alloc(0);
  const source = new RecordingSource(handler.rfile.source);
  handler.rfile = source.reader(handler.rbufsize);
  return () => source.bytes;
}

/** Passes bytes on, and keeps a copy of them. */
class RecordingSource implements ByteSource {
  readonly #source: ByteSource;
  #pieces: Buffer[] = [];

  constructor(source: ByteSource) {
    this.#source = source;
  }

  /** Bytes that have passed so far. */
  get bytes(): Buffer {
    if (this.#pieces.length !== 1) this.#pieces = [Buffer.concat(this.#pieces)];
    return this.#pieces[0] as Buffer;
  }

  /** Creates a reader for the bytes. */
  reader(rbufsize?: number): ByteReader {
    return new ByteReader(this, rbufsize);
  }

  pull(): Awaitable<Buffer | null> {
    return after(this.#source.pull(), (bytes) => this.#keep(bytes));
  }

  // Copies the bytes, because the reader may change them.
  #keep(bytes: Buffer | null): Buffer | null {
    if (bytes !== null) this.#pieces.push(Buffer.from(bytes));
    return bytes;
  }
}
