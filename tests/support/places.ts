/** Places where a server can serve: on the calling thread, in threads, in processes; and over TLS. */
import { connect, type Socket } from "node:net";
import type { TestContext } from "node:test";
import { connect as connectSecurely } from "node:tls";
import {
  type HTTPHandlerClass,
  HTTPServer,
  type HTTPSServerOptions,
  ThreadingHTTPServer,
  ThreadingHTTPSServer,
} from "pyserve/http/server";
import type { InetAddress } from "pyserve/socketserver";
import { canTransferSockets } from "#src/workers/socket-transfer.js";
import { ProcessesHTTPServer, ThreadsHTTPServer } from "../fixtures/http.js";
import { get } from "./http.js";
import { CERTIFICATE } from "./tls.js";
import { ForkingHTTPSServer, ThreadsHTTPSServer } from "./tls-servers.js";

type ServerClass = new (
  address: InetAddress,
  Handler: HTTPHandlerClass,
  options: HTTPSServerOptions,
) => HTTPServer;

/** A place, and the number of connections that are scarce there; `few` clients can pause before that. */
export interface Place {
  readonly where: string;
  readonly Server: ServerClass;
  readonly isSecure: boolean;
  readonly most: number;
  readonly few: number;
}

const hasThreads = canTransferSockets();
const THREADS: readonly Place[] = [
  // Each of two has its share.
  { where: "in threads", Server: ThreadsHTTPServer, isSecure: false, most: 8, few: 4 },
  { where: "in threads, over TLS", Server: ThreadsHTTPSServer, isSecure: true, most: 8, few: 4 },
];

export const PLACES: readonly Place[] = [
  { where: "one after the other", Server: HTTPServer, isSecure: false, most: 100, few: 1 },
  { where: "in tasks", Server: ThreadingHTTPServer, isSecure: false, most: 4, few: 2 },
  { where: "in tasks, over TLS", Server: ThreadingHTTPSServer, isSecure: true, most: 4, few: 2 },
  ...(hasThreads ? THREADS : []),
  { where: "in processes", Server: ProcessesHTTPServer, isSecure: false, most: 100, few: 0 },
  { where: "in processes, over TLS", Server: ForkingHTTPSServer, isSecure: true, most: 100, few: 0 },
];

/** Creates a server at a place, on a free port. */
export function serverAt({ Server, isSecure }: Place, Handler: HTTPHandlerClass): HTTPServer {
  const { cert, key } = CERTIFICATE;
  return new Server(["127.0.0.1", 0], Handler, isSecure ? { cert, key } : {});
}

/** Connects to a server at a place. The client may end its sending side, and continues to read. */
export function connectTo(t: TestContext, { server_port: port }: HTTPServer, isSecure = false): Socket {
  const to = { port, host: "127.0.0.1", allowHalfOpen: true };
  const socket = isSecure
    ? connectSecurely({ ...to, ca: CERTIFICATE.cert, servername: "localhost" })
    : connect(to);
  t.after(() => socket.destroy());
  return socket;
}

/** A client that reads the beginning of its response, and more only on request. */
export class ReluctantClient {
  received = 0;
  isGone = false;
  readonly socket: Socket;
  /** True to pause after each piece, not only after the first. */
  isSlow = false;

  constructor(t: TestContext, server: HTTPServer, path: string, isSecure = false) {
    this.socket = connectTo(t, server, isSecure);
    this.socket.on("error", () => {});
    this.socket.on("end", () => this.socket.destroy());
    this.socket.on("close", () => {
      this.isGone = true;
    });
    this.socket.on("data", (bytes: Buffer) => {
      if (this.isSlow || this.received === 0) this.socket.pause();
      this.received += bytes.length;
    });
    this.socket.write(get(path));
  }

  /** Reads a little now and then. */
  readSlowly(t: TestContext): this {
    this.isSlow = true;
    const timer = setInterval(() => this.socket.resume(), 10);
    t.after(() => clearInterval(timer));
    return this;
  }
}
