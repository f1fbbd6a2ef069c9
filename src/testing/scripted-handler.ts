import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { checkOptions, type OptionNames } from "../errors/check-options.js";
import { BaseHTTPRequestHandler } from "../http/base-http-request-handler.js";
import type { HTTPServer } from "../http/http-server.js";
import { connectionSignal } from "../io/connection-signal.js";
import type { RecordedRequest } from "./journal.js";

/**
 * Ways in which a response can fail.
 *
 * - `"reset"`: the server resets the connection without a response.
 * - `"silence"`: the server sends no response. The connection stays open until the client or the server closes it.
 * - `{ cutAfter: 10 }`: the connection ends after 10 bytes of the body, even if `Content-Length` is larger.
 */
export type Fault =
  | "reset"
  | "silence"
  | {
      /** Number of bytes of the body to send. */
      readonly cutAfter: number;
    };

/** Response of a scripted server. Defaults: status 200, no fields, no body, no delay, no fault. */
export interface Reply {
  /** The status code. */
  readonly status?: number;
  /** The reason phrase. Default: the standard phrase for the status. */
  readonly reason?: string;
  /** Fields in addition to `Server`, `Date` and `Content-Length`. */
  readonly headers?: Readonly<Record<string, string | number>> | Iterable<readonly [string, string | number]>;
  /** The content; text is sent as UTF-8. */
  readonly body?: string | Uint8Array;
  /** Milliseconds to wait before the response, or a promise to wait for. */
  readonly delay?: number | PromiseLike<unknown>;
  /** Fault that happens after the delay. */
  readonly fault?: Fault;
}

/** A response, or a function that creates it from the request. */
export type ScriptedReply = Reply | ((request: ScriptedRequest) => Reply | PromiseLike<Reply>);

/** A complete request to a scripted server. */
export type ScriptedRequest = Omit<RecordedRequest, "client_address">;

/**
 * Creates a handler class that sends the given responses. The first request gets the first response, and so on. The
 * last response is repeated. The handler accepts every method.
 *
 * ```ts
 * await using server = await startServer(
 *   scriptedHandler({ status: 503 }, { fault: "reset" }, { body: "at last" }),
 * );
 * ```
 *
 * @param replies - the responses, at least one
 * @returns a handler class for {@link startServer} and {@link runHandler}
 * @throws `TypeError` without a response
 */
export function scriptedHandler(
  ...replies: readonly ScriptedReply[]
): typeof BaseHTTPRequestHandler<HTTPServer> {
  if (replies.length === 0) throw new TypeError("scriptedHandler needs at least one response.");
  for (const reply of replies) if (typeof reply === "object") checkReply(reply);
  let given = 0;
  const next = () => replies[Math.min(given++, replies.length - 1)] as ScriptedReply;
  return class Scripted extends ScriptedRequestHandler {
    protected override nextReply(): ScriptedReply {
      return next();
    }
  };
}

abstract class ScriptedRequestHandler extends BaseHTTPRequestHandler {
  /** Aborted when the connection is closed. A client that has ended only its sending side still gets its response. */
  readonly #closed = connectionSignal(this.request);

  override parse_request(): boolean {
    const isToBeServed = super.parse_request();
    // Any method gets the response, even an unknown one.
    const value = async () => this.#answer();
    if (isToBeServed) Object.defineProperty(this, `do_${this.command}`, { value, configurable: true });
    return isToBeServed;
  }

  protected abstract nextReply(): ScriptedReply;

  async #answer(): Promise<void> {
    // Taken before the body arrives, so that requests get their responses in the order in which the requests begin.
    const scripted = this.nextReply();
    const body = await this.rfile.read();
    const reply = typeof scripted === "function" ? await scripted(this.#request(body)) : scripted;
    checkReply(reply);
    await this.#wait(reply.delay);
    if (reply.fault === "silence") await aborted(this.signal);
    if (reply.fault === "reset" || reply.fault === "silence" || this.#closed.aborted) this.abort();
    else this.#send(reply);
  }

  #request(body: Buffer): ScriptedRequest {
    const { command, path, request_version: version, headers } = this;
    return { method: command as string, path, version, headers, body };
  }

  #send({ status = 200, reason, headers = {}, body = "", fault }: Reply): void {
    const content = Buffer.from(body as string);
    const fields = [...(Symbol.iterator in headers ? headers : Object.entries(headers))];
    this.send_response(status, reason);
    for (const [name, value] of fields) this.send_header(name, value);
    if (!fields.some(([name]) => FRAMING.test(name)) && hasContent(status))
      this.send_header("Content-Length", content.length);
    this.end_headers();
    this.wfile.write(typeof fault === "object" ? content.subarray(0, fault.cutAfter) : content);
  }

  async #wait(delay: Reply["delay"]): Promise<void> {
    const waiting =
      typeof delay === "number" ? sleep(delay, undefined, { signal: this.#closed }).catch(() => {}) : delay;
    if (waiting !== undefined) await Promise.race([waiting, aborted(this.#closed)]);
  }
}

async function aborted(signal: AbortSignal): Promise<void> {
  if (!signal.aborted) await once(signal, "abort");
}

const NAMES: OptionNames<Reply> = {
  status: true,
  reason: true,
  headers: true,
  body: true,
  delay: true,
  fault: true,
};

function checkReply(reply: Reply): void {
  checkOptions(reply, NAMES, "A scripted reply");
  if (typeof reply.fault === "object")
    checkOptions(reply.fault, { cutAfter: true }, "The fault of a scripted reply");
}

const FRAMING = /^(?:content-length|transfer-encoding)$/i;

/** True if a response with this status may have content: RFC 9110 §8.6, §15.3.5, §15.4.5. */
function hasContent(status: number): boolean {
  return status >= 200 && status !== 204 && status !== 304;
}
