import assert from "node:assert/strict";
import { test } from "node:test";
import {
  AF_INET,
  AF_INET6,
  AF_UNIX,
  BaseServer,
  DatagramRequestHandler,
  SOCK_DGRAM,
  SOCK_STREAM,
  StreamRequestHandler,
  TCPServer,
  ThreadingTCPServer,
  ThreadingUDPServer,
  UDPServer,
  UnixStreamServer,
} from "pyserve/socketserver";
import { closeAfter, TCP_SERVERS } from "../support/servers.js";
import { exchange } from "../support/stream-client.js";

/** Any class, for this test: with any arguments of its constructor. */
type Class = new (...args: unknown[]) => Record<string, unknown>;
type Row = readonly [Class: unknown, name: string, preset: unknown, other: unknown];

const rows: readonly Row[] = [
  [TCPServer, "timeout", null, 5],
  [TCPServer, "drain_timeout", null, 5],
  [TCPServer, "address_family", AF_INET, AF_INET6],
  [TCPServer, "socket_type", SOCK_STREAM, SOCK_DGRAM],
  [TCPServer, "request_queue_size", 4096, 5],
  [TCPServer, "allow_reuse_address", false, true],
  [TCPServer, "allow_reuse_port", false, true],
  [TCPServer, "ipv6_only", false, true],
  [TCPServer, "linger_timeout", 2, 5],
  [TCPServer, "stall_timeout", null, 60],
  [UDPServer, "socket_type", SOCK_DGRAM, SOCK_STREAM],
  [UDPServer, "max_packet_size", 8192, 100],
  [UDPServer, "allow_reuse_address", false, true],
  [UDPServer, "ipv6_only", false, true],
  [UnixStreamServer, "address_family", AF_UNIX, AF_INET],
  [ThreadingTCPServer, "daemon_threads", false, true],
  [ThreadingTCPServer, "block_on_close", true, false],
  [ThreadingTCPServer, "request_queue_size", 4096, 5],
  [ThreadingUDPServer, "max_packet_size", 8192, 100],
  [StreamRequestHandler, "rbufsize", -1, 0],
  [StreamRequestHandler, "wbufsize", 0, -1],
  [StreamRequestHandler, "timeout", null, 5],
  [StreamRequestHandler, "disable_nagle_algorithm", false, true],
];

for (const [ClassOfRow, name, preset, other] of rows) {
  const Class = ClassOfRow as Class;
  const title = `${Class.name}.${name}`;
  const make = (Of: Class) => new Of(["localhost", 0], DatagramRequestHandler, { bind_and_activate: false });

  test(`${title} is ${preset}, on the class and on an instance`, () => {
    assert.equal(statics(Class)[name], preset);
    assert.equal(make(Class)[name], preset);
  });

  test(`${title} is overridden by a static of a subclass, and by that of its subclass`, () => {
    const Sub = class extends Class {
      static [name] = other;
    };
    class SubSub extends Sub {}
    assert.equal(make(Sub)[name], other);
    assert.equal(make(SubSub)[name], other);
    assert.equal(make(Class)[name], preset);
  });

  test(`${title} is overridden by an assignment to a class, for instances that exist too`, () => {
    class Sub extends Class {}
    const before = make(Sub);
    statics(Sub)[name] = other;
    assert.equal(make(Sub)[name], other);
    assert.equal(before[name], other);
    assert.equal(make(Class)[name], preset);
    assert.equal(statics(Class)[name], preset);
  });

  test(`${title} is overridden by an assignment to an instance, for that one alone`, () => {
    const instance = make(Class);
    instance[name] = other;
    assert.equal(instance[name], other);
    assert.equal(make(Class)[name], preset);
    assert.equal(statics(Class)[name], preset);
    instance[name] = preset;
    assert.equal(instance[name], preset);
    assert.ok(Object.keys(instance).includes(name));
  });

  test(`${title} is overridden by a field of a subclass`, () => {
    class Sub extends Class {
      [name] = other;
    }
    assert.equal(make(Sub)[name], other);
    assert.equal(make(Class)[name], preset);
  });

  test(`${title} is overridden by an accessor of a subclass`, () => {
    class Sub extends Class {}
    Object.defineProperty(Sub.prototype, name, { get: () => other });
    assert.equal(make(Sub)[name], other);
  });
}

for (const Server of [...TCP_SERVERS, UDPServer]) {
  for (const [name, value] of [
    ["address_family", AF_INET6],
    ["request_queue_size", 5],
    ["allow_reuse_address", true],
    ["allow_reuse_port", true],
    ["ipv6_only", true],
  ] as const) {
    test(`${Server.name} asks that a field ${name} be declared static`, async (t) => {
      const Base = Server as unknown as Class;
      class Trapped extends Base {
        [name] = value;
      }
      const server = new Trapped(["localhost", 0], DatagramRequestHandler) as unknown as BaseServer;
      closeAfter(t, server);
      const error = { name: "TypeError", message: new RegExp(`Trapped\\.${name}.*${value}.*static`) };
      await assert.rejects(server.serve_forever(), error);
      await assert.rejects(server.handle_request(), error);
    });

    test(`${Server.name} has nothing against a field ${name} that says what was bound with`, async (t) => {
      const Base = Server as unknown as Class;
      class Repeating extends Base {
        [name] = statics(Base)[name];
      }
      const server = new Repeating(["localhost", 0], DatagramRequestHandler);
      closeAfter(t, server as unknown as BaseServer);
      server.timeout = 0;
      await (server as unknown as BaseServer).handle_request();
    });

    test(`${Server.name} goes on when ${name} is assigned to its class after it was bound`, async (t) => {
      class Assigned extends (Server as unknown as Class) {}
      const server = new Assigned(["localhost", 0], DatagramRequestHandler);
      closeAfter(t, server as unknown as BaseServer);
      statics(Assigned)[name] = value;
      server.timeout = 0;
      await (server as unknown as BaseServer).handle_request();
    });
  }

  for (const [name, value] of [
    ["request_queue_size", 5],
    ["allow_reuse_address", true],
    ["ipv6_only", true],
  ] as const) {
    test(`${Server.name} takes a field ${name} where it is bound by hand`, async (t) => {
      const Base = Server as unknown as Class;
      class ByHand extends Base {
        [name] = value;
        constructor() {
          super(["localhost", 0], DatagramRequestHandler, { bind_and_activate: false });
          (this as unknown as TCPServer).server_bind();
          (this as unknown as TCPServer).server_activate();
        }
      }
      const server = new ByHand() as unknown as TCPServer;
      closeAfter(t, server);
      server.timeout = 0;
      await server.handle_request();
    });
  }
}

test("a subclass of a server and of a handler may have fields and a constructor of their own", async (t) => {
  class Counting extends TCPServer {
    count = 0;
    readonly greeting: string;
    constructor(greeting: string) {
      super(["localhost", 0], Greet);
      this.greeting = greeting;
    }
  }
  class Greet extends StreamRequestHandler<Counting> {
    readonly number = ++this.server.count;
    override async handle() {
      await this.wfile.write(`${this.server.greeting} ${this.number}\n`);
    }
  }
  const server = closeAfter(t, new Counting("hello"));
  for (const expected of ["hello 1\n", "hello 2\n"]) {
    const answer = exchange(server.server_address, "");
    await server.handle_request();
    assert.equal(await answer, expected);
  }
});

test("BaseServer has the attributes that all servers share", () => {
  assert.equal(BaseServer.timeout, null);
  assert.equal(BaseServer.drain_timeout, null);
});

function statics(Class: Class): Record<string, unknown> {
  return Class as unknown as Record<string, unknown>;
}
