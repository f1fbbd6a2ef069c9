import type { Socket } from "node:net";
import type { SecureContext, TLSSocket } from "node:tls";
import { ProtocolError } from "../http1/protocol-error.js";
import { isProxyPreface } from "../http1/proxy-preface.js";
import { Connection } from "../io/connection.js";
import { DisconnectedError } from "../io/connection-errors.js";
import type { SocketInternals } from "../io/socket-internals.js";
import { currentDate } from "./current-date.js";

/** The first byte of a TLS connection: a record of type `handshake` (RFC 8446 §5.1). */
const HANDSHAKE_RECORD = 0x16;

const PLAIN_HTTP_TEXT = "This port speaks HTTPS: the address begins with https://.\n";
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

/** Settings of the server for a handshake. */
export interface HandshakeOptions {
  readonly secureContext: SecureContext;
  /** True to ask the client for a certificate. Default `false`. */
  readonly requestCert?: boolean | undefined;
  /** True to refuse a client without a certificate that is trusted. Default `true`. */
  readonly rejectUnauthorized?: boolean | undefined;
  /** The protocols that the server speaks, in the order in which it prefers them: ALPN, RFC 7301. */
  readonly alpnProtocols: readonly string[];
  /** Seconds from now to the end of the handshake; `null` is for ever. */
  readonly timeout: number | null;
  /** Called when the client has begun to speak. */
  readonly begun: () => void;
}

/**
 * The server's side of a TLS handshake.
 *
 * @param connection - unread; it belongs to the result from now on
 * @throws {@link DisconnectedError} where the client goes away, breaks off, takes too long, or speaks no TLS; if it speaks
 *   HTTP, it has been told
 */
export async function handshake(connection: Socket, options: HandshakeOptions): Promise<TLSSocket> {
  const { timeout, begun } = options;
  const { deadline } = Connection.of(connection);
  const due = performance.now() + (timeout ?? Number.POSITIVE_INFINITY) * 1000;
  deadline.onExpired = () => connection.destroy();
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

/** Waits for the first bytes, and leaves them where they are. */
function firstBytes(connection: Socket): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const settle = (action: () => void) => {
      connection.off("readable", look);
      connection.off("end", gone);
      connection.off("close", gone);
      action();
    };
    const gone = () => settle(() => reject(disconnected(connection)));
    const look = () => {
      const bytes: Buffer | null = connection.read();
      if (bytes === null) return;
      connection.unshift(bytes);
      settle(() => resolve(bytes));
    };
    connection.on("readable", look);
    connection.on("end", gone);
    connection.on("close", gone);
    if (connection.destroyed) gone();
  });
}

function secure(connection: Socket, options: HandshakeOptions): Promise<TLSSocket> {
  const { secureContext, alpnProtocols, requestCert = false, rejectUnauthorized = true } = options;
  return new Promise((resolve, reject) => {
    // Loaded only by servers that use it: it takes milliseconds.
    const { TLSSocket } = process.getBuiltinModule("node:tls");
    const tls = new TLSSocket(connection, {
      isServer: true,
      secureContext,
      requestCert,
      rejectUnauthorized,
      ALPNProtocols: [...alpnProtocols],
    });
    // Computation that a client can ask for at will (CVE-2011-1473), and that HTTP has no use for.
    tls.disableRenegotiation();
    // An error behind the handshake, such as a forged record: Node ends the connections of its own servers, of others it
    // only tells, and they would hang.
    tls.on("_tlsError", (error: Error) => tls.destroy(error));
    // Node's is for TCP alone, and throws.
    tls.resetAndDestroy = () => {
      connection.resetAndDestroy();
      return tls;
    };
    const settle = (action: () => void) => {
      tls.off("readable", look);
      tls.off("secure", done);
      tls.off("end", gone);
      tls.off("close", gone);
      action();
    };
    // There is nothing to read yet but the end, which Node tells those who look for it.
    const look = () => void tls.read(0);
    const done = () =>
      settle(() => {
        if (!requestCert || authorize(tls) || !rejectUnauthorized) resolve(tls);
        else
          reject(
            new DisconnectedError(
              `The client's certificate is refused: ${tls.destroy().authorizationError}.`,
            ),
          );
      });
    const gone = () => settle(() => reject(disconnected(tls.destroy())));
    // Reads and writes report errors. Without this listener, an error would end the process.
    tls.on("error", () => {});
    tls.on("readable", look);
    tls.on("secure", done);
    tls.on("end", gone);
    tls.on("close", gone);
  });
}

/**
 * Notes the verdict on the client's certificate where Node's own servers note it. Node leaves it to its servers: a socket by
 * itself refuses nothing but a missing certificate.
 *
 * @returns true if the certificate is trusted
 */
function authorize(tls: TLSSocket): boolean {
  const handle = (tls as SocketInternals)._handle;
  // A Node without this check vouches for nobody.
  const problem = handle?.verifyError === undefined ? { code: "UNSPECIFIED" } : handle.verifyError();
  tls.authorized = problem === null;
  // As Node's servers have it: the code, whatever its type says.
  if (problem !== null) (tls as { authorizationError: unknown }).authorizationError = problem.code;
  return tls.authorized;
}

/** Tells a browser that it has sent a request without TLS, and helps to find a misconfigured proxy. */
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
  const { errored } = connection;
  return new DisconnectedError(
    "The connection ended before the TLS handshake was done.",
    "ECONNRESET",
    errored ? { cause: errored } : undefined,
  );
}
