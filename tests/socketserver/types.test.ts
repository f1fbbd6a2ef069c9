/** Types of servers and handlers: this test passes if the file compiles. */
import assert from "node:assert/strict";
import type * as dgram from "node:dgram";
import type * as net from "node:net";
import { test } from "node:test";
import {
  type AddressOf,
  BaseRequestHandler,
  type Datagram,
  DatagramRequestHandler,
  type InetAddress,
  type RequestOf,
  StreamRequestHandler,
  TCPServer,
  ThreadingMixIn,
  ThreadingTCPServer,
  type ThreadingUDPServer,
  type ThreadingUnixStreamServer,
  UDPServer,
  type UnixAddress,
  UnixStreamServer,
} from "pyserve/socketserver";
import { leavesNothingOpen } from "../support/servers.js";

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;

/** Compiles where `T` is `true`. */
function holds<T extends true>(): T[] {
  return [];
}

class Shared extends ThreadingMixIn(TCPServer) {
  static override daemon_threads = true;
  static override request_queue_size = 10;
  readonly words = new Map<string, number>();

  override verify_request(request: net.Socket, [host]: InetAddress): boolean {
    return !request.destroyed && host.startsWith("127.");
  }

  override async process_request_thread(request: net.Socket, client_address: InetAddress): Promise<void> {
    await super.process_request_thread(request, client_address);
  }
}

class OnShared extends StreamRequestHandler<Shared> {
  override handle() {
    const port: number = this.client_address[1];
    const host: string = this.client_address[0];
    this.server.words.set(host, port);
    holds<Same<typeof this.request, net.Socket>>();
    holds<Same<typeof this.connection, net.Socket>>();
    const line: Promise<Buffer> = this.rfile.readline();
    return line.then(() => {});
  }
}

class Plain extends StreamRequestHandler {
  override handle() {
    const port: number = this.client_address[1];
    const server: TCPServer = this.server;
    this.connection.setNoDelay(port > 0 && server.ipv6_only);
  }
}

class Packet extends DatagramRequestHandler {
  override async handle() {
    const [packet, socket]: Datagram = this.request;
    const own: Buffer = this.packet;
    const same: dgram.Socket = this.socket;
    assert.equal(packet, own);
    assert.equal(socket, same);
    await this.wfile.write(String(this.server.max_packet_size));
  }
}

class OnPath extends StreamRequestHandler<UnixStreamServer> {
  override handle() {
    const address: string | InetAddress = this.client_address;
    // @ts-expect-error: it may be that of a proxy's client
    const path: string = this.client_address;
    this.request.end(String(address ?? path));
  }
}

// Python's idiom for a handler with its own arguments.
class Directing extends TCPServer {
  override finish_request(request: net.Socket, client_address: InetAddress) {
    return this.run_handler(new this.RequestHandlerClass(request, client_address, this, { directory: "/" }));
  }
}

class OnDirecting extends StreamRequestHandler<Directing> {}

// Each hook may be asynchronous if its base's is not, and vice versa.
class Asynchronous extends ThreadingTCPServer {
  override async get_request() {
    return super.get_request();
  }
  override async shutdown_request(request: net.Socket) {
    await super.shutdown_request(request);
  }
  override async process_request_thread(request: net.Socket, client_address: InetAddress) {
    await super.process_request_thread(request, client_address);
  }
}

class Synchronous extends TCPServer {
  override process_request(request: net.Socket, client_address: InetAddress): void {
    void super.process_request(request, client_address);
  }
}

class AsynchronousPackets extends UDPServer {
  override async get_request() {
    return super.get_request();
  }
}

class Silent extends DatagramRequestHandler {
  override finish(): void {}
}

class Bare extends BaseRequestHandler<TCPServer> {
  override handle() {
    this.request.end(this.client_address[0]);
  }
}

class Tagged extends ThreadingMixIn(UDPServer) {
  override process_request_thread([packet]: Datagram, [, port]: InetAddress): void {
    assert.ok(packet.length + port);
  }
}

test("the types of requests and addresses follow from the class of the server", () => {
  holds<Same<RequestOf<TCPServer>, net.Socket>>();
  holds<Same<AddressOf<TCPServer>, InetAddress>>();
  holds<Same<RequestOf<ThreadingTCPServer>, net.Socket>>();
  holds<Same<AddressOf<ThreadingTCPServer>, InetAddress>>();
  holds<Same<RequestOf<UDPServer>, Datagram>>();
  holds<Same<AddressOf<ThreadingUDPServer>, InetAddress>>();
  holds<Same<AddressOf<UnixStreamServer>, UnixAddress>>();
  holds<Same<AddressOf<ThreadingUnixStreamServer>, UnixAddress>>();
  holds<Same<RequestOf<Shared>, net.Socket>>();
  holds<Same<Shared["server_address"], InetAddress>>();
  holds<Same<Shared["daemon_threads"], boolean>>();
  holds<Same<Shared["socket"], net.Server>>();
  holds<Same<UDPServer["socket"], dgram.Socket>>();
  holds<Same<Parameters<ThreadingTCPServer["process_request_thread"]>, [net.Socket, InetAddress]>>();
  holds<Same<Parameters<ThreadingUnixStreamServer["process_request_thread"]>, [net.Socket, UnixAddress]>>();
});

test("constructors take the handlers that fit", async () => {
  await leavesNothingOpen(async () => {
    await using _shared = new Shared(["localhost", 0], OnShared);
    await using _plain = new TCPServer(["localhost", 0], Plain);
    await using threading = new ThreadingTCPServer(["localhost", 0], Plain);
    await using _bare = new TCPServer(["localhost", 0], Bare);
    await using _packets = new UDPServer(["localhost", 0], Packet);
    await using _tagged = new Tagged(["localhost", 0], Packet);
    await using general = new TCPServer(["127.0.0.1", 0], BaseRequestHandler);
    holds<Same<typeof general, TCPServer>>();
    await using _directing = new Directing(["127.0.0.1", 0], OnDirecting);
    await using _asynchronous = new Asynchronous(["127.0.0.1", 0], Plain);
    await using _synchronous = new Synchronous(["127.0.0.1", 0], Plain);
    await using _packets2 = new AsynchronousPackets(["127.0.0.1", 0], Silent);
    const port: number = threading.server_address[1];
    assert.ok(port > 0);
  });
});

test("constructors refuse, at compile time, the handlers and addresses that do not fit", () => {
  const never = (..._: unknown[]) => {};
  never(() => {
    // @ts-expect-error: a handler of datagrams
    new TCPServer(["localhost", 0], Packet);
    // @ts-expect-error: a handler of connections
    new UDPServer(["localhost", 0], Plain);
    // @ts-expect-error: a path is not a UDP address
    new UDPServer("/run/socket", Packet);
    // @ts-expect-error: an address of a TCP server has a port
    new ThreadingTCPServer(["localhost"], Plain);
    // @ts-expect-error: a path, not a host and a port
    new UnixStreamServer(["localhost", 0], OnPath);
    // @ts-expect-error: not a class
    new TCPServer(["localhost", 0], "Plain");
  });
});
