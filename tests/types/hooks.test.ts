/** Each hook may be overridden by a synchronous or an asynchronous method: this test passes if the file compiles. */
import assert from "node:assert/strict";
import type { Socket } from "node:net";
import { test } from "node:test";
import {
  type Awaitable,
  BaseHTTPRequestHandler,
  type BaseRequestHandler,
  type BaseServer,
  type ByteWriter,
  type Datagram,
  type DatagramRequestHandler,
  ForkingMixIn,
  HTTPServer,
  HTTPSServer,
  type InetAddress,
  type SimpleHTTPRequestHandler,
  type StreamRequestHandler,
  TCPServer,
  ThreadingHTTPServer,
  type ThreadingHTTPSServer,
  ThreadingMixIn,
  type ThreadingTCPServer,
  UDPServer,
  type UnixStreamServer,
} from "pyserve";

/** Synchronous signatures that a server's subclass may use. */
interface Synchronous<Request, Address> {
  handle_timeout(): void;
  service_actions(): void;
  verify_request(request: Request, client_address: Address): boolean;
  process_request(request: Request, client_address: Address): void;
  finish_request(request: Request, client_address: Address): void;
  shutdown_request(request: Request): void;
  close_request(request: Request): void;
  handle_error(request: Request, client_address: Address, error: unknown): void;
  get_request(): readonly [Request, Address];
}

/** And asynchronous ones. */
type Asynchronous<Hooks> = {
  [Name in keyof Hooks]: Hooks[Name] extends (...args: infer Args) => infer Result
    ? (...args: Args) => Promise<Result>
    : never;
};

/** Compiles if a subclass of a class may have these methods. */
function mayHave<Base, _Override extends Base>(): true {
  return true;
}

type Servers =
  | [TCPServer, Socket, InetAddress]
  | [ThreadingTCPServer, Socket, InetAddress]
  | [UnixStreamServer, Socket, string]
  | [UDPServer, Datagram, InetAddress]
  | [HTTPServer, Socket, InetAddress]
  | [ThreadingHTTPServer, Socket, InetAddress]
  | [HTTPSServer, Socket, InetAddress]
  | [ThreadingHTTPSServer, Socket, InetAddress];

/** The hooks of a class, as the class itself declares them. */
type HooksOf<Class, Hooks> = Pick<Class, keyof Class & keyof Hooks>;

/** `true` if each of these servers may be extended with synchronous and with asynchronous hooks. */
type Fits<Of extends [unknown, unknown, unknown]> = Of extends [infer Server, infer Request, infer Address]
  ? Synchronous<Request, Address> extends HooksOf<Server, Synchronous<Request, Address>>
    ? Asynchronous<Synchronous<Request, Address>> extends HooksOf<Server, Synchronous<Request, Address>>
      ? true
      : [Server, "asynchronous hooks do not fit"]
    : [Server, "synchronous hooks do not fit"]
  : never;

test("hooks of every server may wait, or not", () => {
  const fits: Fits<Servers>[] = [true];
  assert.ok(fits);
  assert.ok(mayHave<BaseServer, TCPServer>());
});

/** The same for handlers. */
interface HandlerHooks {
  setup(): void;
  handle(): void;
  finish(): void;
}

interface HTTPHooks extends HandlerHooks {
  handle_one_request(): void;
  do_GET(): void;
}

interface FileHooks extends HTTPHooks {
  do_HEAD(): void;
  do_OPTIONS(): void;
  send_head(): null;
  list_directory(path: string): null;
  copyfile(source: never, outputfile: ByteWriter): void;
}

type FitsHandler<Handler, Hooks> = [
  Hooks extends HooksOf<Handler, Hooks> ? true : false,
  Asynchronous<Hooks> extends HooksOf<Handler, Hooks> ? true : false,
];

test("hooks of every handler may wait, or not", () => {
  const fits: readonly [true, true][] = [
    [true, true] satisfies FitsHandler<BaseRequestHandler, HandlerHooks>,
    [true, true] satisfies FitsHandler<StreamRequestHandler, HandlerHooks>,
    [true, true] satisfies FitsHandler<DatagramRequestHandler, HandlerHooks>,
    [true, true] satisfies FitsHandler<BaseHTTPRequestHandler, HTTPHooks>,
    [true, true] satisfies FitsHandler<SimpleHTTPRequestHandler, FileHooks>,
  ];
  assert.equal(fits.length, 5);
});

// In the usual form, with `override`, which the compiler also checks.

class Waits extends ThreadingHTTPServer {
  override async verify_request(): Promise<boolean> {
    return true;
  }
  override async process_request(request: Socket, client_address: InetAddress): Promise<void> {
    await super.process_request(request, client_address);
  }
  override async finish_request(request: Socket, client_address: InetAddress): Promise<void> {
    await super.finish_request(request, client_address);
  }
  override async process_request_thread(request: Socket, client_address: InetAddress): Promise<void> {
    await super.process_request_thread(request, client_address);
  }
}

class DoesNot extends HTTPServer {
  override process_request(request: Socket, client_address: InetAddress): void {
    void super.process_request(request, client_address);
  }
  override finish_request(request: Socket, client_address: InetAddress): void {
    void super.finish_request(request, client_address);
  }
}

class SecureDoesNot extends HTTPSServer {
  override process_request(request: Socket, client_address: InetAddress): void {
    void super.process_request(request, client_address);
  }
  override finish_request(request: Socket, client_address: InetAddress): Awaitable<void> {
    return super.finish_request(request, client_address);
  }
}

class Forks extends ForkingMixIn(TCPServer) {
  override process_request(): void {}
  override handle_timeout(): void {}
  override service_actions(): void {}
}

class Threads extends ThreadingMixIn(UDPServer) {
  override process_request(): void {}
  override process_request_thread(): void {}
}

class Tunnel extends BaseHTTPRequestHandler {
  override setup(): void {
    void super.setup();
  }
  override handle(): void {
    void super.handle();
  }
  override handle_one_request(): void {}
  override finish(): void {}
}

class SlowTunnel extends BaseHTTPRequestHandler {
  override async setup(): Promise<void> {
    await super.setup();
  }
  override async handle(): Promise<void> {
    await super.handle();
  }
  override async handle_one_request(): Promise<void> {
    await super.handle_one_request();
  }
  override async finish(): Promise<void> {
    await super.finish();
  }
}

test("subclasses with hooks of either kind are classes", () => {
  const classes = [Waits, DoesNot, SecureDoesNot, Forks, Threads, Tunnel, SlowTunnel];
  assert.equal(new Set(classes).size, 7);
});
