import { CodedError } from "../errors/coded-error.js";

/** Codes for invalid calls of a server's methods. They are stable: compare with them. */
export type ServerErrorCode =
  | "PYSERVE_SERVER_CLOSED"
  | "PYSERVE_SERVER_SERVING"
  | "PYSERVE_SERVER_NOT_BOUND"
  | "PYSERVE_PROXY_HEADER";

/** A server can't serve now, or not any more. The message says what to do. */
export class ServerError extends CodedError<ServerErrorCode> {
  /** Always `ServerError`. */
  override readonly name = "ServerError";
}
