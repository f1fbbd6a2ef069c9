import type { ResponseFraming } from "./response-framing.js";

/** Options of a `Connection` field that decide whether the connection stays open. */
export type ConnectionOption = "close" | "keep-alive";

/** Facts about one exchange that decide whether its connection goes on. None of them is taken back. */
export interface ExchangeFacts {
  /** True if its head was valid. After an invalid head, the next bytes can't be trusted to be a request. */
  readonly isUnderstood: boolean;
  /** True if the client wants to keep the connection: {@link clientPersists}. */
  readonly clientPersists: boolean;
  /** True if its method is CONNECT. */
  readonly isConnect: boolean;
  /** True if the server closes, or wants no further request on this connection. */
  readonly serverEnds: boolean;
  /** True if a part of the request's body has not arrived and will not be read. */
  readonly isContentInTheWay: boolean;
  /** True if it has failed: the handler threw, or the client can't tell where the response ends. */
  readonly hasFailed: boolean;
}

/** Facts about the head of a response. */
export interface ResponseFacts {
  /** The option that it sends; `null` for none. */
  readonly connection: ConnectionOption | null;
  /** How its content ends. */
  readonly framing: ResponseFraming;
}

/** Reasons to close a connection after an exchange. */
export type CloseReason =
  | "malformed"
  | "failed"
  | "client"
  | "server"
  | "connect"
  | "said"
  | "framing"
  | "unread";

/**
 * Decides whether a connection stays open after an exchange.
 *
 * @param exchange - the request, and its outcome
 * @param response - the head of the response
 * @returns the reason to close it; `null` if it stays open
 */
export function closeReason(exchange: ExchangeFacts, response: ResponseFacts): CloseReason | null {
  if (!exchange.isUnderstood) return "malformed"; // RFC 9112 §2.2, §6.3
  if (exchange.hasFailed) return "failed"; // RFC 9112 §8: the client must see that the response is incomplete
  if (!exchange.clientPersists) return "client"; // RFC 9112 §9.3
  if (exchange.serverEnds) return "server"; // RFC 9112 §9.6
  if (response.connection === "close") return "said"; // RFC 9112 §9.6: it can't be taken back
  if (response.framing === "close" || response.framing === "raw") return "framing"; // RFC 9112 §6.3, case 8
  // The client may have sent bytes of the tunnel already, which would be read as requests (RFC 9931).
  if (exchange.isConnect) return "connect";
  if (exchange.isContentInTheWay) return "unread"; // RFC 9112 §9.3: read all of the content, or close
  return null;
}

/**
 * True if a client wants to keep the connection after a request: RFC 9112 §9.3.
 *
 * @param minorVersion - of the request
 * @param options - of its `Connection` fields, in lower case
 */
export function clientPersists(minorVersion: 0 | 1, options: readonly string[]): boolean {
  return !options.includes("close") && (minorVersion === 1 || options.includes("keep-alive"));
}

/**
 * Returns the `Connection` option that a response must have.
 *
 * @param closes - true if the connection ends with it
 * @param minorVersion - of the request: without the option, an HTTP/1.0 client expects the end
 * @param announces - true if it has a `Keep-Alive` field, which `Connection` has to name: RFC 9110 §7.6.1
 */
export function optionToSend(
  closes: boolean,
  minorVersion: 0 | 1,
  announces: boolean,
): ConnectionOption | null {
  if (closes) return "close";
  return minorVersion === 0 || announces ? "keep-alive" : null;
}

/** Seconds that an idle connection is kept where others need its place, unless {@link KeepAlive.timeout} is less. */
export const LEAST_IDLE = 5;

/** Seconds that a connection is kept beyond the announced time, for a request that was sent just within it. */
const KEEP_ALIVE_GRACE = 1;

/** Time that a connection may idle between two requests. */
export interface KeepAlive {
  /** The field line that announces it, with its line end; empty if it is not announced. */
  readonly field: string;
  /** Seconds before the connection is closed; `null` means no limit. */
  readonly timeout: number | null;
}

/**
 * Decides how long an idle connection is kept, and whether this is announced. Many clients don't repeat a request if
 * its connection is closed while the request is on its way. The field counts whole seconds, so a shorter time is
 * neither announced nor extended.
 *
 * @param seconds - the time as it was set; `null` for ever
 */
export function keepAlive(seconds: number | null): KeepAlive {
  if (seconds === null || seconds < 1 || !Number.isFinite(seconds)) return { field: "", timeout: seconds };
  return { field: `Keep-Alive: timeout=${Math.floor(seconds)}\r\n`, timeout: seconds + KEEP_ALIVE_GRACE };
}

/** How long an idle connection is kept where others need its place. */
export const CROWDED_KEEP_ALIVE: KeepAlive = keepAlive(LEAST_IDLE);
