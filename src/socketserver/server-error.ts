/** What is wrong with a call of a server's method; stable, to be compared with. */
export type ServerErrorCode = "PYSERVE_SERVER_CLOSED" | "PYSERVE_SERVER_SERVING" | "PYSERVE_SERVER_NOT_BOUND";

/** A server can't serve now, or not any more. The message says what to do. */
export class ServerError extends Error {
  /** Always `ServerError`. */
  override readonly name = "ServerError";
  /** What is wrong. */
  readonly code: ServerErrorCode;

  constructor(code: ServerErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}
