/**
 * Fields of a subclass are created after the base's constructor, which has bound the server. So they replace the values
 * that it has set.
 */
import assert from "node:assert/strict";
import test from "node:test";
import { BaseRequestHandler, HTTPServer, TCPServer, UDPServer } from "pyserve";
import { serve } from "../support/servers.js";

const HERE = ["127.0.0.1", 0] as const;

class Lost extends TCPServer {
  port!: number;
  override server_bind() {
    super.server_bind();
    this.port = this.server_address[1];
  }
}

class LostOnUDP extends UDPServer {
  names: string[] = [];
  override server_bind() {
    super.server_bind();
    this.names = ["one"];
  }
}

class LostOnActivation extends HTTPServer {
  activated = false;
  override server_activate() {
    super.server_activate();
    this.activated = true;
  }
}

for (const [Server, name] of [
  [Lost, "port"],
  [LostOnUDP, "names"],
  [LostOnActivation, "activated"],
] as const) {
  test(`${Server.name}: serving fails where a field has replaced what binding has set, and the error names it`, async (t) => {
    const server = new Server(HERE, BaseRequestHandler as never);
    t.after(() => server.server_close());
    const message = new RegExp(
      `^${Server.name}\\.${name} was set by server_bind or server_activate.*declare ${name}`,
    );
    const isTold = (error: Error) => error instanceof TypeError && message.test(error.message);
    await assert.rejects(() => server.serve_forever(), isTold);
    await assert.rejects(() => server.handle_request(), isTold);
  });
}

class Declared extends TCPServer {
  declare port: number;
  override server_bind() {
    super.server_bind();
    this.port = this.server_address[1];
  }
}

test("a declared field keeps what `server_bind` has set, and is an ordinary property when the server serves", (t) => {
  const server = new Declared(HERE, BaseRequestHandler);
  serve(t, server);
  assert.equal(server.port, server.server_address[1]);
  assert.ok(Object.keys(server).includes("port"));
});

test("a property assigned after the constructor is not a field", (t) => {
  const server = new Declared(HERE, BaseRequestHandler);
  server.port = 1;
  serve(t, server);
  assert.equal(server.port, 1);
});

class Same extends TCPServer {
  requests = 0;
  override server_activate() {
    super.server_activate();
    this.requests = 0;
  }
}

test("a field with the value that binding has set does no harm", (t) => {
  const server = new Same(HERE, BaseRequestHandler);
  serve(t, server);
  assert.equal(server.requests, 0);
});

test("a field keeps its value if the caller binds", async (t) => {
  const server = new Lost(HERE, BaseRequestHandler, { bind_and_activate: false });
  server.server_bind();
  server.server_activate();
  serve(t, server);
  assert.equal(server.port, server.server_address[1]);
});

test("`server_bind` and `server_activate` can't be async, and the constructor reports it", () => {
  class Binds extends TCPServer {
    override async server_bind() {
      super.server_bind();
    }
  }
  class Activates extends TCPServer {
    override async server_activate() {
      throw new Error("not seen by anybody");
    }
  }
  assert.throws(
    () => new Binds(HERE, BaseRequestHandler),
    /^TypeError: Binds\.server_bind .* must not be async/,
  );
  assert.throws(() => new Activates(HERE, BaseRequestHandler), /^TypeError: Activates\.server_activate/);
});

const NOT_CLASSES: readonly (readonly [name: string, value: unknown])[] = [
  ["an arrow function", (...args: unknown[]) => args],
  ["a function", function makeHandler() {}],
  ["an async function", async () => {}],
  ["a bound class", BaseRequestHandler.bind(null)],
  ["an instance", {}],
  ["nothing", undefined],
  ["a name", "BaseRequestHandler"],
];

for (const [name, value] of NOT_CLASSES) {
  test(`${name} in place of a class is refused`, () => {
    assert.throws(() => new TCPServer(HERE, value as typeof BaseRequestHandler), {
      name: "TypeError",
      message:
        typeof value === "function" ? /handler_args; or override finish_request/ : /must be a class, not/,
    });
  });
}

test("a constructor function without `class` is accepted", async () => {
  function Old(this: object, ...args: unknown[]) {
    return Reflect.construct(BaseRequestHandler, args, new.target);
  }
  Object.setPrototypeOf(Old.prototype, BaseRequestHandler.prototype);
  Object.setPrototypeOf(Old, BaseRequestHandler);
  await using server = new TCPServer(HERE, Old as unknown as typeof BaseRequestHandler);
  assert.ok(server.server_address[1] > 0);
});
