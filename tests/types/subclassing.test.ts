/** Types of subclasses: this test passes if the file compiles. */
import assert from "node:assert/strict";
import type * as net from "node:net";
import { test } from "node:test";
import {
  type Awaitable,
  BaseHTTPRequestHandler,
  BaseRequestHandler,
  type Datagram,
  DatagramRequestHandler,
  HTTPServer,
  type HTTPSServer,
  type InetAddress,
  SimpleHTTPRequestHandler,
  StreamRequestHandler,
  TCPServer,
  ThreadingHTTPServer,
  ThreadingMixIn,
  type UnixStreamServer,
} from "pyserve";
import { runHandler, scriptedHandler, startServer } from "pyserve/testing";

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;

/** Compiles where `T` is `true`. */
function holds<T extends true>(): T[] {
  return [];
}

class Words extends ThreadingHTTPServer {
  readonly words: string[] = [];
}

class OnWords extends BaseHTTPRequestHandler<Words> {
  do_GET(): void {
    holds<Same<typeof this.server.words, string[]>>();
    holds<Same<typeof this.request, net.Socket>>();
    holds<Same<typeof this.client_address, InetAddress>>();
  }

  async do_POST(): Promise<void> {
    await this.rfile.read();
  }

  do_PROPFIND(): Awaitable<void> {}

  // Not the name of an HTTP method: a helper may have any type.
  do_something(word: string): string {
    return word;
  }
}

class Plain extends BaseHTTPRequestHandler {
  do_GET(): void {
    holds<Same<typeof this.server, HTTPServer>>();
  }
}

class Files extends SimpleHTTPRequestHandler {
  override do_GET(): Awaitable<void> {
    return super.do_GET();
  }
}

class Lines extends StreamRequestHandler {
  override handle(): void {
    holds<Same<typeof this.server, TCPServer>>();
    holds<Same<typeof this.connection, net.Socket>>();
  }
}

class Packets extends DatagramRequestHandler {
  override handle(): void {
    holds<Same<typeof this.request, Datagram>>();
  }
}

class OnPath extends StreamRequestHandler<UnixStreamServer> {
  override handle(): void {
    // A proxy may connect for a client with an address.
    holds<Same<typeof this.client_address, string | InetAddress>>();
  }
}

class WithTLS extends BaseHTTPRequestHandler<HTTPSServer> {}

interface Greeting {
  readonly word: string;
}

class WithArgs extends BaseHTTPRequestHandler {
  readonly word: string | undefined;

  constructor(request: net.Socket, client_address: InetAddress, server: HTTPServer, args?: Greeting) {
    super(request, client_address, server, args);
    this.word = args?.word;
  }
}

/** Compiled, and never run. */
function compiles(_body: () => unknown): void {}

test("a do_ method has the signature that it is called with", () => {
  compiles(() => [
    class extends BaseHTTPRequestHandler {
      // @ts-expect-error: it is called without arguments
      do_GET(_path: string): void {}
    },
    class extends BaseHTTPRequestHandler {
      // @ts-expect-error: what it returns is sent to nobody
      do_GET(): string {
        return "content";
      }
    },
    class extends BaseHTTPRequestHandler {
      // @ts-expect-error: no method at all
      do_MKCOL = "folder";
    },
    class extends SimpleHTTPRequestHandler {
      // @ts-expect-error: an override has to fit
      override do_GET(): number {
        return 200;
      }
    },
  ]);
  assert.equal(OnWords.prototype.do_something("word"), "word");
});

test("a wrong override is an error", () => {
  compiles(() => [
    class extends HTTPServer {
      // @ts-expect-error: the answer is yes or no
      override verify_request(): string {
        return "yes";
      }
    },
    class extends HTTPServer {
      // @ts-expect-error: there is no such hook
      override verifyRequest(): boolean {
        return true;
      }
    },
    // @ts-expect-error: seconds
    class extends HTTPServer {
      static override drain_timeout = "5s";
    },
    class extends ThreadingMixIn(TCPServer) {
      // @ts-expect-error: a connection, not a datagram
      override process_request_thread(_request: Datagram): void {}
    },
    class extends BaseHTTPRequestHandler {
      // @ts-expect-error: nobody calls it with anything
      override end_headers(_name: string): void {}
    },
    class extends BaseHTTPRequestHandler {
      // @ts-expect-error: whether the request is to be served
      override parse_request(): Promise<boolean> {
        return Promise.resolve(true);
      }
    },
    class extends StreamRequestHandler {
      // @ts-expect-error: nobody calls it with anything
      override handle(_word: string): void {}
    },
    class extends BaseRequestHandler<TCPServer> {
      override handle(): void {
        // @ts-expect-error: a socket has no such method
        this.request.sendfile();
      }
    },
  ]);
  assert.ok(true);
});

test("the result of startServer has the types of the handler's server", () => {
  compiles(async () => {
    const plain = await startServer(Plain);
    holds<Same<typeof plain.server, HTTPServer>>();
    holds<Same<typeof plain.address, InetAddress>>();
    plain.requests[0]?.headers.get("Host");
    const path = await startServer(OnPath, { protocol: "unix" });
    holds<Same<typeof path.address, string>>();
    const lines = await startServer(Lines);
    holds<Same<typeof lines.server, TCPServer>>();
    // @ts-expect-error: bytes have no header fields
    lines.requests[0]?.headers;
    const secure = await startServer(WithTLS, { protocol: "https" });
    holds<Same<typeof secure.server, HTTPSServer>>();
    const ca: string = secure.ca;
    const words = await startServer(OnWords, { ServerClass: Words });
    words.server.words.push(ca);
    await startServer(Packets);
    await startServer(Files, { handler_args: { directory: "." } });
    await startServer(WithArgs, { handler_args: { word: "hello" } });
    await startServer(scriptedHandler({ status: 503 }), { protocol: "https" });
  });
  assert.ok(true);
});

test("startServer refuses arguments of the wrong types", () => {
  compiles(async () => {
    // @ts-expect-error: a handler for servers of its own needs one
    await startServer(OnWords);
    // @ts-expect-error: a handler on a path needs one
    await startServer(OnPath);
    // @ts-expect-error: a handler of connections has no datagrams
    await startServer(Lines, { protocol: "udp" });
    // @ts-expect-error: a handler of HTTPS has no plain connection
    await startServer(WithTLS);
    // @ts-expect-error: the argument has another name
    await startServer(WithArgs, { handler_args: { words: "hello" } });
    // @ts-expect-error: another class of servers
    await startServer(OnWords, { ServerClass: HTTPServer });
    // @ts-expect-error: there is no such fault
    scriptedHandler({ fault: "slow" });
  });
  assert.ok(true);
});

test("the result of runHandler is HTTP if the handler is", () => {
  compiles(async () => {
    const status: number | null = (await runHandler(Plain, "")).status;
    // @ts-expect-error: bytes have no status
    (await runHandler(Lines, "")).status;
    await runHandler(OnWords, String(status), { ServerClass: Words });
    await runHandler(Packets, "one");
    // @ts-expect-error: a datagram is one piece
    await runHandler(Packets, ["one", "two"]);
  });
  assert.ok(true);
});
