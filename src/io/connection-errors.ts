import type { Duplex } from "node:stream";
import { CodedError } from "../errors/coded-error.js";

/**
 * The peer disconnected: it reset the connection, or closed it before everything was sent or received.
 *
 * This is not an error of the program, so the default `handle_error` ignores it. Python raises `ConnectionResetError`
 * and `BrokenPipeError` in these cases.
 */
export class DisconnectedError extends Error {
  /** Always `DisconnectedError`. */
  override readonly name = "DisconnectedError";
  /** `EPIPE` for a write to a closed connection, `ECONNRESET` for everything else. */
  readonly code: "ECONNRESET" | "EPIPE";

  /**
   * @param message - the operation that failed
   * @param code - code of the system's error
   * @param options - has the system's error as `cause`
   */
  constructor(message: string, code: "ECONNRESET" | "EPIPE" = "ECONNRESET", options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** Returns the error of a connection that has ended, with the system's error as its cause. */
export function disconnectedFrom({ errored }: Duplex, message: string): DisconnectedError {
  return new DisconnectedError(message, "ECONNRESET", errored ? { cause: errored } : undefined);
}

/**
 * True if an error means that the peer has disconnected. This includes an error from another copy of pyserve, and the
 * `AbortError` of work that a handler's `signal` has ended.
 */
export function isDisconnection(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return error.name === "DisconnectedError" || (error.name === "AbortError" && isDisconnection(error.cause));
}

/**
 * A read or a write took longer than the handler's `timeout` allows. Python's `TimeoutError` (`socket.timeout`).
 */
export class TimeoutError extends Error {
  /** Always `TimeoutError`. */
  override readonly name = "TimeoutError";
  /** Always `ETIMEDOUT`. */
  readonly code = "ETIMEDOUT";
}

/** The input ended before the requested number of bytes had arrived. Python's `asyncio.IncompleteReadError`. */
export class IncompleteReadError extends CodedError<"PYSERVE_INCOMPLETE_READ"> {
  /** Always `IncompleteReadError`. */
  override readonly name = "IncompleteReadError";
  /** The bytes that arrived. */
  readonly partial: Buffer;
  /** The requested number of bytes. */
  readonly expected: number;

  /**
   * @param partial - the bytes that arrived
   * @param expected - the requested number of bytes
   */
  constructor(partial: Buffer, expected: number) {
    super("PYSERVE_INCOMPLETE_READ", `The input ended after ${partial.length} of ${expected} bytes.`);
    this.partial = partial;
    this.expected = expected;
  }
}
