import type { Awaitable } from "../io/awaitable.js";
import type { InetAddress } from "./addresses.js";
import type { AddressOf, RequestOf } from "./base-request-handler.js";
import type { BaseServer } from "./base-server.js";
import { defineClassAttributes } from "./class-attributes.js";
import { TCPServer } from "./tcp-server.js";
import { UDPServer } from "./udp-server.js";
import { UnixStreamServer } from "./unix-servers.js";

// biome-ignore lint/suspicious/noExplicitAny: TypeScript asks for exactly this of a class that is mixed into (TS2545).
type MixinClass<Instance> = abstract new (...args: any[]) => Instance;

/** What {@link ThreadingMixIn} adds to the instances of a server. */
export interface ThreadingMixIn<Request = unknown, Address = unknown> {
  /** {@inheritDoc ThreadingMixInStatics.daemon_threads} */
  daemon_threads: boolean;
  /** {@inheritDoc ThreadingMixInStatics.block_on_close} */
  block_on_close: boolean;
  /**
   * Called by `process_request` for each request, apart from the loop: runs `finish_request`, gives what it throws to
   * `handle_error`, and calls `shutdown_request` in any case.
   *
   * @category Override
   */
  process_request_thread(request: Request, client_address: Address): Awaitable<void>;
}

/** What {@link ThreadingMixIn} adds to the class of a server. */
export interface ThreadingMixInStatics {
  /**
   * Whether requests that are still served neither hold up `server_close` nor keep the process alive.
   *
   * @category Settings
   */
  daemon_threads: boolean;
  /**
   * Whether `server_close` waits for the requests that are still served, when they are no daemons.
   *
   * @category Settings
   */
  block_on_close: boolean;
}

/**
 * Makes a server serve all its requests at the same time. Python's `socketserver.ThreadingMixIn`.
 *
 * They are tasks on the calling thread: handlers share its memory, a handler that waits holds up nobody, and one that
 * computes holds up everybody.
 *
 * ```ts
 * class MyServer extends ThreadingMixIn(TCPServer) {}
 * ```
 *
 * @param Base - the class of a server
 * @returns a class that derives from it
 */
export function ThreadingMixIn<Base extends MixinClass<BaseServer>>(
  Base: Base,
): Base &
  MixinClass<ThreadingMixIn<RequestOf<InstanceType<Base>>, AddressOf<InstanceType<Base>>>> &
  ThreadingMixInStatics {
  abstract class Threading extends (Base as MixinClass<BaseServer>) {
    static daemon_threads = false;
    declare daemon_threads: boolean;
    static block_on_close = true;
    declare block_on_close: boolean;

    override process_request(request: unknown, client_address: unknown): Awaitable<void> {
      if (this.daemon_threads) unref(request);
      this.start_task(request, this.#runTask(request, client_address));
    }

    async #runTask(request: unknown, client_address: unknown): Promise<void> {
      try {
        await this.process_request_thread(request, client_address);
      } catch (error) {
        await this.request_failed(request, client_address, error);
      }
    }

    process_request_thread(request: unknown, client_address: unknown): Awaitable<void> {
      return this.serve_request(request, client_address);
    }

    override is_waiting_for(): boolean {
      return false;
    }

    protected override waits_for_requests(): boolean {
      return this.block_on_close && !this.daemon_threads;
    }
  }
  defineClassAttributes(Threading, "daemon_threads", "block_on_close");
  return Threading as unknown as ReturnType<typeof ThreadingMixIn<Base>>;
}

/** What a daemon is: nobody stays alive for it. */
function unref(request: unknown): void {
  (request as { unref?(): void } | null)?.unref?.();
}

/** Serves connections at the same time. Python's `socketserver.ThreadingTCPServer`. */
export class ThreadingTCPServer extends ThreadingMixIn(TCPServer<InetAddress>) {}

/** Serves datagrams at the same time. Python's `socketserver.ThreadingUDPServer`. */
export class ThreadingUDPServer extends ThreadingMixIn(UDPServer) {}

/** Serves connections to a path at the same time. Python's `socketserver.ThreadingUnixStreamServer`. */
export class ThreadingUnixStreamServer extends ThreadingMixIn(UnixStreamServer) {}
