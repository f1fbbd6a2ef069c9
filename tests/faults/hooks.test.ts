import assert from "node:assert/strict";
import type { Socket } from "node:net";
import { test } from "node:test";
import { BaseHTTPRequestHandler, HTTPServer, type InetAddress, ThreadingHTTPServer } from "pyserve";
import { get, noneUnhandled, RawClient } from "../support/http.js";
import { serve, standardError, until } from "../support/servers.js";
import { StreamClient } from "../support/stream-client.js";

class Plain extends BaseHTTPRequestHandler {
  override log_message(): void {}

  do_GET(): void | Promise<void> {
    this.send_response(200);
    this.end_headers();
    this.wfile.write("hello");
  }
}

function fail(): never {
  throw new Error("on purpose");
}

async function failLater(): Promise<never> {
  await new Promise((resolve) => setImmediate(resolve));
  return fail();
}

/** Hooks of a handler, and the status that a client gets if they fail; `null` for none. */
const HANDLER_HOOKS: Readonly<Record<string, number | null>> = {
  setup: null,
  handle: null,
  handle_one_request: null,
  parse_request: 500,
  do_GET: 500,
  send_response: 500,
  send_response_only: 500,
  send_header: 500,
  end_headers: 500,
  flush_headers: 500,
  log_request: 500,
  log_message: 500,
  version_string: 500,
  date_time_string: 500,
  finish: 200,
};

const SERVER_HOOKS: Readonly<Record<string, number | null>> = {
  verify_request: null,
  process_request: null,
  finish_request: null,
  shutdown_request: 200,
  close_request: 200,
  service_actions: 200,
};

const SERVERS = [HTTPServer, ThreadingHTTPServer];

/** Sends one request on a new connection; `null` if it ends without a response. */
async function statusOf(address: InetAddress): Promise<number | null> {
  const { socket } = await StreamClient.connect(address);
  const client = new RawClient(socket);
  client.send(get("/", "Connection: close"));
  const line = /^HTTP\/1\.1 ([0-9]{3}) /.exec(await client.rest());
  socket.destroy();
  return line === null ? null : Number(line[1]);
}

/** Asserts that the server still serves after the two failures. */
async function assertServes({ server_address }: HTTPServer): Promise<void> {
  await statusOf(server_address);
  await statusOf(server_address);
  assert.equal(await statusOf(server_address), 200);
}

/** Gives an object its own method, which fails the first two times. */
function sabotaged<C extends new (...args: never[]) => object>(
  Class: C,
  hook: string,
  how: () => unknown,
): C {
  let failures = 0;
  const original = Class.prototype[hook];
  const Sabotaged = class extends (Class as unknown as new (...args: unknown[]) => object) {};
  Object.defineProperty(Sabotaged.prototype, hook, {
    value(...args: unknown[]) {
      return failures++ < 2 ? how() : original.apply(this, args);
    },
  });
  return Sabotaged as unknown as C;
}

for (const Server of SERVERS) {
  for (const [hook, status] of Object.entries(HANDLER_HOOKS)) {
    test(`${Server.name} goes on when a handler's ${hook} throws`, async (t) => {
      noneUnhandled(t);
      const errors = standardError(t);
      const server = serve(t, new Server(["127.0.0.1", 0], sabotaged(Plain, hook, fail)));
      assert.equal(await statusOf(server.server_address), status);
      await until(() => errors.some((text) => text.includes("on purpose")), "the error to be reported");
      await assertServes(server);
    });
  }

  for (const [hook, status] of Object.entries(SERVER_HOOKS)) {
    for (const [how, failing] of [
      ["throws", fail],
      ["rejects", failLater],
    ] as const) {
      test(`${Server.name} goes on when its ${hook} ${how}`, async (t) => {
        noneUnhandled(t);
        const errors = standardError(t);
        const server = serve(t, new (sabotaged(Server, hook, failing))(["127.0.0.1", 0], Plain));
        assert.equal(await statusOf(server.server_address), status);
        await until(() => errors.some((text) => text.includes("on purpose")), "the error to be reported");
        await assertServes(server);
      });
    }
  }

  test(`${Server.name} goes on when handle_error throws`, async (t) => {
    noneUnhandled(t);
    const errors = standardError(t);
    class Failing extends Plain {
      override do_GET = fail;
    }
    const server = serve(t, new (sabotaged(Server, "handle_error", fail))(["127.0.0.1", 0], Failing));
    assert.equal(await statusOf(server.server_address), 500);
    await until(
      () => errors.some((text) => text.includes("handle_error failed")),
      "the error to be reported",
    );
    assert.equal(await statusOf(server.server_address), 500);
  });
}

interface Moments {
  readonly name: string;
  /** Called by the handler before it fails. */
  readonly before: (handler: Moment) => unknown;
  readonly seen: RegExp;
}

/** The place where a handler fails, and the result for its client. */
const MOMENTS: readonly Moments[] = [
  { name: "before its response", before: () => {}, seen: /^HTTP\/1\.1 500 .*\r\n\r\n.+/s },
  { name: "after send_response", before: (handler) => handler.send_response(200), seen: /^HTTP\/1\.1 500 / },
  {
    name: "with content that is held back",
    before: (handler) => handler.begin(),
    seen: /^HTTP\/1\.1 (?:500 |200 .*\r\n\r\n5\r\nhello\r\n$)/s,
  },
  {
    name: "in the middle of an announced length",
    before: (handler) => handler.begin(10),
    seen: /\r\n\r\nhello$/,
  },
  {
    name: "in the middle of chunks",
    before: (handler) => handler.begin().wfile.flush(),
    seen: /\r\n\r\n5\r\nhello\r\n$/,
  },
  {
    name: "after an announced length",
    before: (handler) => handler.begin(5),
    seen: /^HTTP\/1\.1 200 .*\r\n\r\nhello$/s,
  },
];

class Moment extends BaseHTTPRequestHandler {
  begin(length?: number): this {
    this.send_response(200);
    if (length !== undefined) this.send_header("Content-Length", length);
    this.end_headers();
    this.wfile.write("hello");
    return this;
  }

  override log_message(): void {}
}

for (const { name, before, seen } of MOMENTS) {
  for (const [how, failing] of [
    ["throws", fail],
    ["rejects with", failLater],
  ] as const) {
    test(`what a handler ${how} ${name} goes to handle_error, and its client sees it`, async (t) => {
      noneUnhandled(t);
      const told: unknown[] = [];
      class Telling extends ThreadingHTTPServer {
        override handle_error(_request: Socket, _client_address: InetAddress, error: unknown) {
          told.push(error);
        }
      }
      class Failing extends Moment {
        do_GET(): void | Promise<void> {
          before(this);
          return failing();
        }
      }
      const server = serve(t, new Telling(["127.0.0.1", 0], Failing));
      const { socket } = await StreamClient.connect(server.server_address);
      const client = new RawClient(socket);
      client.send(get("/") + get("/behind"));
      assert.match(await client.rest(), seen);
      socket.destroy();
      await until(() => told.length > 0, "handle_error");
      assert.deepEqual(told.map(String), ["Error: on purpose"]);
    });
  }
}
