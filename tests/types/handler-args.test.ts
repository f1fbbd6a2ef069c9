/** The type of `handler_args` is that of the last parameter of the handler's constructor. */
import assert from "node:assert/strict";
import test from "node:test";
import {
  BaseHTTPRequestHandler,
  HTTPServer,
  HTTPSServer,
  run,
  SimpleHTTPRequestHandler,
  type SimpleHTTPRequestHandlerArgs,
  StreamRequestHandler,
  TCPServer,
  ThreadingHTTPServer,
  ThreadingHTTPSServer,
} from "pyserve";

class Greeting extends BaseHTTPRequestHandler {
  constructor(
    request: Greeting["request"],
    client_address: Greeting["client_address"],
    server: HTTPServer,
    args: { word: string },
  ) {
    super(request, client_address, server, args);
  }
}

interface TitledArgs extends SimpleHTTPRequestHandlerArgs {
  title: string;
}

class Titled extends SimpleHTTPRequestHandler {
  static override handler_args = ["title"];
  constructor(
    request: Titled["request"],
    client_address: Titled["client_address"],
    server: HTTPServer,
    args: TitledArgs,
  ) {
    super(request, client_address, server, args);
  }
}

class Mine extends ThreadingHTTPServer {}
class Generic<Args extends object = object> extends ThreadingHTTPServer<Args> {}

class Line extends StreamRequestHandler {
  constructor(
    request: Line["request"],
    client_address: Line["client_address"],
    server: TCPServer,
    args: { word: string },
  ) {
    super(request, client_address, server, args);
  }
}

const HERE = ["127.0.0.1", 0] as const;
const isSecure: boolean = Date.now() < 0;

test("the compiler checks handler_args by the handler's class", () => {
  const never = (..._: unknown[]) => {};
  never(() => {
    new ThreadingHTTPServer(HERE, SimpleHTTPRequestHandler, { handler_args: { directory: "." } });
    // @ts-expect-error: a misspelled name
    new ThreadingHTTPServer(HERE, SimpleHTTPRequestHandler, { handler_args: { directroy: "." } });
    // @ts-expect-error: a number
    new HTTPServer(HERE, SimpleHTTPRequestHandler, { handler_args: { directory: 5 } });
    // @ts-expect-error: an argument of the handler
    new HTTPSServer(HERE, SimpleHTTPRequestHandler, { directory: "." });
    new ThreadingHTTPSServer(HERE, Titled, {
      handler_args: { title: "a", directory: "." },
      certfile: "a.pem",
    });
    // @ts-expect-error: a misspelled name
    new ThreadingHTTPSServer(HERE, Titled, { handler_args: { titel: "a" } });
    new ThreadingHTTPServer(HERE, Greeting, { handler_args: { word: "hello" } });
    // @ts-expect-error: it is missing
    new ThreadingHTTPServer(HERE, Greeting, { handler_args: {} });
    new TCPServer(HERE, Line, { handler_args: { word: "hello" } });
    // @ts-expect-error: a misspelled name
    new TCPServer(HERE, Line, { handler_args: { words: "hello" } });
  });
  assert.ok(true);
});

test("the compiler checks handler_args of run()", () => {
  const never = (..._: unknown[]) => {};
  never(async () => {
    await run({ HandlerClass: Titled, ServerClass: ThreadingHTTPSServer, handler_args: { title: "a" } });
    // @ts-expect-error: a misspelled name
    await run({ HandlerClass: SimpleHTTPRequestHandler, handler_args: { directroy: "." } });
  });
  assert.ok(true);
});

test("a server's class that is not generic, and one of two classes, can be made", () => {
  const never = (..._: unknown[]) => {};
  never(() => {
    new Mine(HERE, Titled, { handler_args: { title: "a" } });
    // @ts-expect-error: a misspelled name
    new Generic(HERE, Titled, { handler_args: { titel: "a" } });
    const Server = isSecure ? ThreadingHTTPSServer : ThreadingHTTPServer;
    const port: number = new Server(HERE, Greeting, { handler_args: { word: "hello" } }).server_port;
    const general: HTTPServer = new Generic(HERE, Titled, { handler_args: { title: String(port) } });
    return general;
  });
  assert.ok(true);
});
