import type { ResponseFraming } from "./response-framing.js";

/** Option of a `Connection` field that decides whether the connection stays open. */
export type ConnectionOption = "close" | "keep-alive";

/** Facts about an exchange that decide whether its connection stays open. Each fact is final. */
export interface ExchangeFacts {
  /** True if the head of the request was valid. After an invalid head, the next bytes may not be a request. */
  readonly isUnderstood: boolean;
  /** True if the client wants to keep the connection: {@link clientPersists}. */
  readonly clientPersists: boolean;
  /** True if its method is CONNECT. */
  readonly isConnect: boolean;
  /** True if the server is closing, or wants no further request on this connection. */
  readonly serverEnds: boolean;
  /** True if a part of the request's body has not been read, and will not be. */
  readonly isContentInTheWay: boolean;
  /** True if the exchange has failed: the handler threw, or the client can't see where the response ends. */
  readonly hasFailed: boolean;
}

export interface ResponseFacts {
  /** The `Connection` option that the response sends; `null` for none. */
  readonly connection: ConnectionOption | null;
  /** Framing of its content. */
  readonly framing: ResponseFraming;
}

/**
 * Returns true if a connection must be closed after an exchange.
 *
 * @param exchange - facts about the exchange
 * @param response - facts about the response's head
 */
export function endsConnection(exchange: ExchangeFacts, response: ResponseFacts): boolean {
  return (
    !exchange.isUnderstood || // RFC 9112 §2.2, §6.3
    exchange.hasFailed || // RFC 9112 §8: the client must see that the response is incomplete
    !exchange.clientPersists || // RFC 9112 §9.3
    exchange.serverEnds || // RFC 9112 §9.6
    response.connection === "close" || // RFC 9112 §9.6: the option is final
    response.framing === "close" || // RFC 9112 §6.3, case 8
    response.framing === "raw" ||
    // The client may already have sent bytes of the tunnel, which would be read as requests (RFC 9931).
    exchange.isConnect ||
    exchange.isContentInTheWay // RFC 9112 §9.3: read the whole body, or close
  );
}

/**
 * Returns true if a client wants to keep the connection after a request: RFC 9112 §9.3.
 *
 * @param minorVersion - the request's minor HTTP version
 * @param options - the options of its `Connection` fields, in lower case
 */
export function clientPersists(minorVersion: 0 | 1, options: readonly string[]): boolean {
  return !options.includes("close") && (minorVersion === 1 || options.includes("keep-alive"));
}

/**
 * Returns the `Connection` option that a response needs.
 *
 * @param closes - true if the connection ends after the response
 * @param minorVersion - the request's minor HTTP version. Without the option, an HTTP/1.0 client expects the connection
 * to close
 * @param announces - true if the response has a `Keep-Alive` field, which `Connection` must name: RFC 9110 §7.6.1
 */
export function optionToSend(
  closes: boolean,
  minorVersion: 0 | 1,
  announces: boolean,
): ConnectionOption | null {
  if (closes) return "close";
  return minorVersion === 0 || announces ? "keep-alive" : null;
}

/**
 * Seconds that an idle connection is kept while connections are scarce, unless {@link KeepAlive.timeout} is less.
 */
export const LEAST_IDLE = 5;

/**
 * Seconds that a connection is kept beyond the announced time, for a request that the client sends at the last moment.
 */
const KEEP_ALIVE_GRACE = 1;

/** Time that a connection may idle between two requests. */
export interface KeepAlive {
  /** Field line that announces the time, with its line end; empty for no announcement. */
  readonly field: string;
  /** Seconds before the connection is closed; `null` means no limit. */
  readonly timeout: number | null;
}

/**
 * Decides how long an idle connection is kept, and whether the response announces this time. With the announcement,
 * clients don't send a request on a connection that is just closing. Many clients would not repeat that request. The
 * field has whole seconds, so less than one second is neither announced nor extended.
 *
 * @param seconds - the setting; `null` means no limit
 */
export function keepAlive(seconds: number | null): KeepAlive {
  if (seconds === null || seconds < 1 || !Number.isFinite(seconds)) return { field: "", timeout: seconds };
  return { field: `Keep-Alive: timeout=${Math.floor(seconds)}\r\n`, timeout: seconds + KEEP_ALIVE_GRACE };
}

/** Time that an idle connection is kept while connections are scarce. */
export const CROWDED_KEEP_ALIVE: KeepAlive = keepAlive(LEAST_IDLE);
