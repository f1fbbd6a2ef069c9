import type { Socket } from "node:net";
import type { TLSSocket, TLSSocketOptions } from "node:tls";
import { ProtocolError } from "../http1/protocol-error.js";
import { isProxyPreface } from "../http1/proxy-preface.js";
import { Connection } from "../io/connection.js";
import { DisconnectedError, disconnectedFrom } from "../io/connection-errors.js";
import type { SocketInternals } from "../io/socket-internals.js";
import { untilRead } from "../io/until-read.js";
import { currentDate } from "./current-date.js";

/** The first byte of a TLS connection: a record of type `handshake` (RFC 8446 §5.1). */
const HANDSHAKE_RECORD = 0x16;

const PLAIN_HTTP_TEXT = "This port uses HTTPS. The address must begin with https://.\n";
const plainReply = (text: string) =>
  [
    "HTTP/1.1 400 Bad Request",
    `Date: ${currentDate()}`,
    "Content-Type: text/plain; charset=utf-8",
    `Content-Length: ${text.length}`,
    "Connection: close",
    "",
    text,
  ].join("\r\n");

/**
 * Runs the server's side of a TLS handshake.
 *
 * @param connection - the connection, unread. From now on, only the result may use it
 * @param options - the secure context, `requestCert`, `rejectUnauthorized` and the protocols for ALPN (RFC 7301)
 * @param timeout - maximum seconds for the handshake; `null` means no limit
 * @param begun - called when the client has sent its first bytes
 * @throws {@link DisconnectedError} if the client disconnects, aborts the handshake, takes too long, or does not use
 *   TLS. A client that sends HTTP gets a response with an explanation
 */
export async function handshake(
  connection: Socket,
  options: TLSSocketOptions,
  timeout: number | null,
  begun: () => void,
): Promise<TLSSocket> {
  const { deadline } = Connection.of(connection);
  const due = performance.now() + (timeout ?? Number.POSITIVE_INFINITY) * 1000;
  deadline.owner = Connection.of(connection);
  deadline.set(timeout);
  try {
    const first = await firstBytes(connection);
    begun();
    // A handshake that has begun keeps its full time limit, even if the server closes.
    deadline.set(timeout === null ? null : (due - performance.now()) / 1000);
    if (first[0] === HANDSHAKE_RECORD) return await secure(connection, options);
    explainTo(connection, first.toString("latin1"));
    throw new DisconnectedError("The client does not speak TLS.");
  } finally {
    deadline.lift();
  }
}

/** Waits for the first bytes, and leaves them unread. */
function firstBytes(connection: Socket): Promise<Buffer> {
  const look = () => {
    const bytes: Buffer | null = connection.read();
    if (bytes === null) return undefined;
    connection.unshift(bytes);
    return bytes;
  };
  return untilRead(connection, look, () => disconnected(connection));
}

function secure(connection: Socket, options: TLSSocketOptions): Promise<TLSSocket> {
  const { requestCert = false, rejectUnauthorized = true } = options;
  // Loaded only by servers that use TLS, because loading takes milliseconds.
  const { TLSSocket } = process.getBuiltinModule("node:tls");
  const tls = new TLSSocket(connection, { ...options, isServer: true, requestCert, rejectUnauthorized });
  // With renegotiation, a client could cause much computation (CVE-2011-1473). HTTP does not need it.
  tls.disableRenegotiation();
  // An error after the handshake, such as a forged record. Node closes only connections of its own servers. Other
  // connections only get this event, and would hang.
  tls.on("_tlsError", (error: Error) => tls.destroy(error));
  // Node's method works only for TCP, and throws here.
  tls.resetAndDestroy = () => {
    connection.resetAndDestroy();
    return tls;
  };
  // Reads and writes report errors. Without this listener, an error would end the process.
  tls.on("error", () => {});
  let isSecure = false;
  tls.once("secure", () => {
    isSecure = true;
  });
  const look = () => {
    // Node reports the end of the connection only to code that reads. There is nothing else to read yet.
    if (!isSecure) return void tls.read(0);
    if (!requestCert || authorize(tls) || !rejectUnauthorized) return tls;
    throw new DisconnectedError(`The client's certificate is refused: ${tls.destroy().authorizationError}.`);
  };
  return untilRead(tls, look, () => disconnected(tls.destroy()), "secure");
}

/**
 * Stores the result of the check of the client's certificate in the same properties as Node's own servers. Without
 * them, a socket refuses only a missing certificate.
 *
 * @returns true if the certificate is trusted
 */
function authorize(tls: TLSSocket): boolean {
  const handle = (tls as SocketInternals)._handle;
  // If Node has no such check, no certificate is trusted.
  const problem = handle?.verifyError === undefined ? { code: "UNSPECIFIED" } : handle.verifyError();
  tls.authorized = problem === null;
  // The code, as in Node's servers, although its type is different.
  if (problem !== null) (tls as { authorizationError: unknown }).authorizationError = problem.code;
  return tls.authorized;
}

/**
 * Answers a request without TLS: it tells the user of a browser what to do, and helps to find a misconfigured proxy.
 */
function explainTo(connection: Socket, first: string): void {
  const isProxy = isProxyPreface(first);
  if (!isProxy && !/^[A-Z]/.test(first)) return;
  const { sink } = Connection.of(connection);
  sink.addLatin1(
    plainReply(isProxy ? `${new ProtocolError("PROXY_PROTOCOL").explanation}\n` : PLAIN_HTTP_TEXT),
  );
  sink.flush();
}

function disconnected(connection: Socket): DisconnectedError {
  return disconnectedFrom(connection, "The connection ended before the TLS handshake was complete.");
}
