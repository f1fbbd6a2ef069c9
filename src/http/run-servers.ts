import { once } from "node:events";
import { lstatSync, unlinkSync } from "node:fs";
import { connect, type Socket } from "node:net";
import type { UnixAddress } from "../socketserver/addresses.js";
import { type AnyClass, declareVariant } from "../socketserver/class-location.js";
import type { RequestHandlerClass } from "../socketserver/handler-class.js";
import { ThreadingMixIn } from "../socketserver/threading-mixin.js";
import { UnixStreamServer } from "../socketserver/unix-servers.js";
import type { HTTPHandlerClass } from "./http-handler-class.js";
import type { HTTPServer } from "./http-server.js";
import type { HTTPSServerOptions } from "./https-server.js";
import {
  type Announcement,
  announcementOf,
  findHost,
  type ListenAddress,
  type PortAddress,
  socketAnnouncement,
} from "./listen-address.js";
import type { OperatedServer } from "./operation.js";
import { type HTTPServerStats, withRequests } from "./request-meter.js";

/** Settings of all servers of one `run`. */
export interface ServerPlan {
  readonly ServerClass: typeof HTTPServer;
  readonly HandlerClass: HTTPHandlerClass;
  readonly scheme: "http" | "https";
  readonly options: HTTPSServerOptions;
  /** Maximum number of threads; `undefined` for the value of the server's class. */
  readonly max_threads: number | undefined;
  /** Settings of the server, instead of those of its class. */
  readonly class_attributes: object;
  /**
   * True if the handler works the same on the calling thread, so this thread may serve until the first worker thread
   * has started.
   */
  readonly serves_before_threads?: boolean;
  /** Path of the URLs that are announced. */
  readonly url_path: string;
  readonly signal: AbortSignal;
}

/** One of the servers of a `run`. */
export interface RunServer extends OperatedServer {
  handler_args: object | undefined;
  /** Binds, and starts the first thread, so that problems are reported here. */
  ready(): Promise<void>;
  announcement(): Announcement;
  serve_forever(options?: { signal: AbortSignal }): Promise<void>;
  shutdown(): Promise<void>;
  server_close(): Promise<void>;
}

/** Serves HTTP on a Unix socket. Its connections can't be passed to threads. */
class UnixHTTPServer extends ThreadingMixIn(UnixStreamServer) {
  static override drain_timeout: number | null = 5;

  protected override own_stats(): HTTPServerStats {
    return withRequests(this, super.own_stats());
  }
}

/** Several servers: either all of them listen, or none. */
export class RunServers implements AsyncDisposable {
  readonly #plan: ServerPlan;
  readonly list: RunServer[] = [];

  constructor(plan: ServerPlan) {
    this.#plan = plan;
  }

  /**
   * Begins to listen on all addresses before the first thread starts, so that no client is served if one of the
   * addresses fails.
   *
   * @throws a system error, with the address as `listen_address`
   */
  async open(...addresses: readonly ListenAddress[]): Promise<void> {
    const opened: (() => Promise<void>)[] = [];
    for (const address of addresses) {
      const httpd = await saying(address, () => makeServer(address, this.#plan));
      this.list.push(httpd);
      opened.push(() => saying(address, () => this.#start(httpd)));
    }
    await Promise.all(opened.map((start) => start()));
  }

  /**
   * Begins to listen on a port, or on the next free one.
   *
   * @param attempts - number of ports that are tried
   * @returns the port; 0 stays 0
   */
  async openNext({ host, port }: PortAddress, attempts: number): Promise<number> {
    for (let next = port; ; next++) {
      try {
        await this.open({ host, port: next });
        return next;
      } catch (error) {
        await this[Symbol.asyncDispose]();
        const isLast = next + 1 >= port + attempts || next === 65_535;
        if ((error as NodeJS.ErrnoException).code !== "EADDRINUSE" || isLast) throw error;
      }
    }
  }

  async #start(httpd: RunServer): Promise<void> {
    const giveUp = () => void httpd.shutdown();
    const { signal } = this.#plan;
    signal.addEventListener("abort", giveUp);
    try {
      await httpd.ready();
    } finally {
      signal.removeEventListener("abort", giveUp);
    }
  }

  /** Closes all servers at the same time. */
  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.list.splice(0).map((httpd) => httpd.server_close()));
  }
}

/** Adds the address to an error. */
async function saying<T>(listen_address: ListenAddress, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw Object.assign(error as Error, { listen_address });
  }
}

async function makeServer(address: ListenAddress, plan: ServerPlan): Promise<RunServer> {
  if ("path" in address) {
    await removeStaleSocket(address.path);
    return unixServer(address.path, plan);
  }
  const { family, host } = await findHost("fd" in address ? "127.0.0.1" : address.host);
  const { ServerClass, HandlerClass, options } = plan;
  class Variant extends ServerClass implements RunServer {
    static override address_family = family;

    async ready(): Promise<void> {
      // Only now is the kind of an inherited socket known: it may be a Unix socket, whose address Node does not report.
      if (this.#isUnix()) (this as Partial<ThreadingMixIn>).max_threads = 0;
      await this.ready_to_serve();
    }

    announcement(): Announcement {
      if (this.#isUnix()) return socketAnnouncement(plan.scheme, address as { fd: number });
      return announcementOf(plan.scheme, this.server_address, plan.url_path);
    }

    // Starting a thread takes as long as starting Node, so this thread serves first. With the PROXY protocol it can't,
    // because threads read the header themselves.
    protected serves_before_workers(): boolean {
      const { accept_in_threads = false } = this as Partial<ThreadingMixIn>;
      return plan.serves_before_threads === true && !accept_in_threads && !this.proxy_protocol;
    }

    protected override address_of(request: Socket) {
      return this.#isUnix() ? (["", 0] as const) : super.address_of(request);
    }

    #isUnix(): boolean {
      return "fd" in address && this.socket.address() === null;
    }
  }
  const Server = variantOf(ServerClass, Variant) as typeof Variant;
  Object.assign(Server, plan.class_attributes);
  const fd = "fd" in address ? address.fd : undefined;
  const httpd = new Server([host, "port" in address ? address.port : 0], HandlerClass, { ...options, fd });
  // Set on the server, not on the class, which may belong to the caller.
  if (plan.max_threads !== undefined) (httpd as Partial<ThreadingMixIn>).max_threads = plan.max_threads;
  return httpd;
}

function unixServer(
  path: string,
  { HandlerClass, options, scheme, class_attributes }: ServerPlan,
): RunServer {
  if (scheme === "https") throw new TypeError(`HTTPS can't be served on a Unix socket: ${path}.`);
  class Server extends UnixHTTPServer implements RunServer {
    async ready(): Promise<void> {
      await this.ready_to_serve();
    }

    announcement(): Announcement {
      return socketAnnouncement(scheme, { path });
    }
  }
  // A server on a Unix socket never has threads.
  Object.assign(Server, class_attributes, { accept_in_threads: false });
  const Handler = HandlerClass as unknown as RequestHandlerClass<Socket, UnixAddress>;
  return new Server(path, Handler, { handler_args: options.handler_args });
}

/** Returns a class with the same name and place, and other class attributes. */
export function variantOf<C extends AnyClass>(Original: C, Variant: C): C {
  declareVariant(Variant, Original);
  return Object.defineProperty(Variant, "name", { value: Original.name, configurable: true });
}

/**
 * Removes the file of a Unix socket that has no listener, as a killed process leaves it. It removes nothing else: not a
 * socket in use, a socket without permission to connect, or another file.
 *
 * @param path - the path that a server is going to listen on
 */
async function removeStaleSocket(path: string): Promise<void> {
  if (isSocket(path) && (await isRefused(path))) unlinkSync(path);
}

function isSocket(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isSocket() ?? false;
}

/** True if the socket has no listener. A full queue, or a missing permission, is another error. */
async function isRefused(path: string): Promise<boolean> {
  const socket = connect(path);
  try {
    await once(socket, "connect");
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ECONNREFUSED";
  } finally {
    socket.destroy();
  }
}
