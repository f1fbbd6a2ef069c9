import { CodedError } from "../errors/coded-error.js";

/**
 * The peer went away: it reset the connection, or closed it while something was still to be sent or received.
 *
 * Not a fault of the program, so the default `handle_error` says nothing about it. Python raises `ConnectionResetError`
 * and `BrokenPipeError` in the same places.
 */
export class DisconnectedError extends Error {
  /** Always `DisconnectedError`. */
  override readonly name = "DisconnectedError";
  /** `EPIPE` for a write to a connection that is gone, `ECONNRESET` for everything else. */
  readonly code: "ECONNRESET" | "EPIPE";

  /**
   * @param message - what could not be done
   * @param code - of the system's call
   * @param options - the system's error as the `cause`
   */
  constructor(message: string, code: "ECONNRESET" | "EPIPE" = "ECONNRESET", options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/**
 * True if an error says that the peer went away: also one of another copy of pyserve, whose class is another, and the `AbortError` of work
 * that a handler's `signal` has ended.
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

/**
 * The input ended before as many bytes had come as were asked for. Python's `asyncio.IncompleteReadError`.
 */
export class IncompleteReadError extends CodedError<"PYSERVE_INCOMPLETE_READ"> {
  /** Always `IncompleteReadError`. */
  override readonly name = "IncompleteReadError";
  /** The bytes that did come. */
  readonly partial: Buffer;
  /** How many bytes were asked for. */
  readonly expected: number;

  /**
   * @param partial - what came
   * @param expected - how many bytes were asked for
   */
  constructor(partial: Buffer, expected: number) {
    super("PYSERVE_INCOMPLETE_READ", `The input ended after ${partial.length} of ${expected} bytes.`);
    this.partial = partial;
    this.expected = expected;
  }
}
