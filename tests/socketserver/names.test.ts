/** Names that pyserve has added, and fields of subclasses with the same names. */
import assert from "node:assert/strict";
import type { Socket } from "node:net";
import test from "node:test";
import {
  BaseHTTPRequestHandler,
  BaseRequestHandler,
  HTTPServer,
  SimpleHTTPRequestHandler,
  StreamRequestHandler,
  TCPServer,
  UDPServer,
} from "pyserve";

const HERE = ["127.0.0.1", 0] as const;

for (const name of ["stats", "unref", "ref", "run_handler", "shutdown", "report_error", "track_request"]) {
  test(`a server with a field ${name} does not serve, and the error names both`, async () => {
    for (const Server of [TCPServer, UDPServer, HTTPServer] as readonly (typeof TCPServer)[]) {
      const server = new Server(HERE, BaseRequestHandler as never);
      const own = Object.hasOwn(Server.prototype, name) || name in server;
      assert.ok(own || name === "stats");
      if (!(name in server)) continue;
      const { [name as "shutdown"]: method } = server;
      Object.assign(server, { [name]: {} });
      const message = new RegExp(
        `^${Server.name}\\.${name} is a field, and hides pyserve's method ${name}\\.`,
      );
      await assert.rejects(server.serve_forever(), { name: "TypeError", message });
      Object.assign(server, { [name]: method });
      await server.server_close();
    }
  });
}

test("a field tree of a handler of files that is no tree is an error that names both", () => {
  for (const tree of [undefined, "oak", { leaves: 3 }]) {
    const handler = handlerOf(SimpleHTTPRequestHandler as never, { tree });
    assert.throws(() => handler.setup(), {
      name: "TypeError",
      message:
        /^SimpleHTTPRequestHandler\.tree is a field, and hides pyserve's tree\. Rename the field, or give a FileTree/,
    });
  }
});

/** Names that other programs have given to their own fields, and may keep. */
for (const name of ["bound", "has_request", "report", "endpoint", "start_task", "serve_request"]) {
  test(`a server may have a field ${name} of its own`, async () => {
    await using server = new TCPServer(HERE, BaseRequestHandler);
    Object.assign(server, { [name]: {} });
    const served = server.serve_forever();
    await server.shutdown();
    await served;
  });
}

function handlerOf(
  Class: typeof BaseHTTPRequestHandler | typeof StreamRequestHandler,
  fields: object,
): StreamRequestHandler {
  const handler = new (Class as typeof StreamRequestHandler)({} as Socket, ["127.0.0.1", 1], {} as TCPServer);
  for (const [name, value] of Object.entries(fields))
    Object.defineProperty(handler, name, { value, enumerable: true, configurable: true, writable: true });
  return handler;
}

for (const Class of [StreamRequestHandler, BaseHTTPRequestHandler, SimpleHTTPRequestHandler]) {
  for (const name of ["signal", "drain"]) {
    test(`a ${Class.name} with a field ${name} serves nothing, and the error names both`, () => {
      const handler = handlerOf(Class as typeof StreamRequestHandler, { [name]: null });
      assert.throws(() => handler.setup(), {
        name: "TypeError",
        message: new RegExp(`^${Class.name}\\.${name} is a field, and hides pyserve's ${name}\\.`),
      });
    });
  }
}

for (const [name, value] of Object.entries({
  listing: false,
  auth: "Bearer",
  base_path: "/srv",
  allowed_hosts: ["localhost"],
})) {
  test(`a field ${name} of a handler does not switch the setting by chance: it is an error that names both`, () => {
    const handler = handlerOf(SimpleHTTPRequestHandler as never, { [name]: value });
    assert.throws(() => handler.setup(), {
      name: "TypeError",
      message: `SimpleHTTPRequestHandler.${name} is a field, and hides the setting ${name}. Rename the field, or set it on the class: "static ${name} = …".`,
    });
  });

  test(`a handler that is not for files may have a field ${name}`, () => {
    assert.ok(!(name in BaseHTTPRequestHandler.prototype));
  });
}
