import assert from "node:assert/strict";
import * as dgram from "node:dgram";
import { once } from "node:events";
import { existsSync } from "node:fs";
import * as https from "node:https";
import * as net from "node:net";
import { text } from "node:stream/consumers";
import { describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import {
  type AddressFamily,
  AF_INET6,
  BaseHTTPRequestHandler,
  BaseRequestHandler,
  DatagramRequestHandler,
  HTTPServer,
  StreamRequestHandler,
  supportsThreads,
  TCPServer,
  ThreadingHTTPServer,
  UDPServer,
  UnixStreamServer,
} from "pyserve";
import { startServer } from "pyserve/testing";
import { deferred, leavesNothingOpen, standardError, until } from "../support/servers.js";
import { exchange } from "../support/stream-client.js";

class Echo extends BaseHTTPRequestHandler {
  do_GET(): void {
    this.#reply(`GET ${this.path}`);
  }

  async do_POST(): Promise<void> {
    this.#reply(`POST ${await this.rfile.read()}`);
  }

  #reply(content: string): void {
    this.send_response(200);
    this.end_headers();
    this.wfile.write(content);
  }
}

class Upper extends StreamRequestHandler {
  override async handle(): Promise<void> {
    for await (const line of this.rfile.lines()) await this.wfile.write(line.toString().toUpperCase());
  }
}

class UpperOnPath extends StreamRequestHandler<UnixStreamServer> {
  override async handle(): Promise<void> {
    await this.wfile.write((await this.rfile.read()).toString().toUpperCase());
  }
}

class UpperPacket extends DatagramRequestHandler {
  override async handle(): Promise<void> {
    await this.wfile.write((await this.rfile.read()).toString().toUpperCase());
  }
}

class Thrower extends BaseHTTPRequestHandler {
  do_GET(): void {
    throw new Error(`thrown for ${this.path}`);
  }
}

/** A handler that waits until its connection ends. */
class Waiting extends BaseHTTPRequestHandler {
  async do_GET(): Promise<void> {
    await sleep(1_000_000, undefined, { signal: this.signal });
  }
}

async function askTLS(url: string, ca: string): Promise<string> {
  const request = https.get(url, { ca, agent: false });
  const [response] = await once(request, "response");
  return text(response);
}

async function sendPacket([host, port]: readonly [string, number], packet: string): Promise<string> {
  const socket = dgram.createSocket("udp4");
  socket.send(packet, port, host);
  const [answer] = await once(socket, "message");
  socket.close();
  return String(answer);
}

describe("startServer", () => {
  test("serves HTTP on a free port of the loopback interface", async () => {
    await leavesNothingOpen(async () => {
      await using server = await startServer(Echo);
      assert.match(server.url, /^http:\/\/127\.0\.0\.1:\d+$/);
      assert.equal(server.url, `http://${server.address.join(":")}`);
      assert.equal(await (await fetch(`${server.url}/there`)).text(), "GET /there");
      assert.equal(server.ca, undefined);
    });
  });

  test("serves HTTPS with a certificate that its ca trusts", async () => {
    await leavesNothingOpen(async () => {
      await using server = await startServer(Echo, { protocol: "https" });
      assert.match(server.url, /^https:/);
      assert.equal(await askTLS(`${server.url}/there`, server.ca), "GET /there");
    });
  });

  test("serves TCP connections", async () => {
    await leavesNothingOpen(async () => {
      await using server = await startServer(Upper);
      assert.match(server.url, /^tcp:/);
      assert.equal(await exchange(server.address, "one\ntwo\n"), "ONE\nTWO\n");
    });
  });

  test("serves datagrams", async () => {
    await leavesNothingOpen(async () => {
      await using server = await startServer(UpperPacket);
      assert.match(server.url, /^udp:/);
      assert.equal(await sendPacket(server.address, "one"), "ONE");
    });
  });

  test("serves a path of its own, which is gone afterwards", async () => {
    await leavesNothingOpen(async () => {
      let path = "";
      {
        await using server = await startServer(UpperOnPath, { protocol: "unix" });
        path = server.address;
        assert.equal(server.url, `unix:${path}`);
        assert.equal(await exchange(path, "one"), "ONE");
      }
      assert.ok(!existsSync(path));
    });
  });

  test("creates a server of the given class", async () => {
    class Own extends HTTPServer {
      static override request_queue_size = 7;
      readonly words = ["own"];
    }
    class OnOwn extends BaseHTTPRequestHandler<Own> {
      do_GET(): void {
        this.send_response(200);
        this.end_headers();
        this.wfile.write(this.server.words.join());
      }
    }
    await using server = await startServer(OnOwn, { ServerClass: Own });
    assert.ok(server.server instanceof Own);
    assert.equal(server.server.constructor.name, "Own");
    assert.equal(server.server.request_queue_size, 7);
    server.server.words.push("word");
    assert.equal(await (await fetch(server.url)).text(), "own,word");
  });

  test("takes the protocol from the class of the server", async () => {
    await using tcp = await startServer(Upper, { ServerClass: TCPServer });
    await using udp = await startServer(UpperPacket, { ServerClass: UDPServer });
    await using unix = await startServer(UpperOnPath, { ServerClass: UnixStreamServer });
    await using http = await startServer(Echo, { ServerClass: ThreadingHTTPServer });
    assert.deepEqual(
      [tcp, udp, unix, http].map(({ url }) => url.replace(/:.*/, "")),
      ["tcp", "udp", "unix", "http"],
    );
  });

  test("binds the IPv6 loopback for a class that says AF_INET6", async () => {
    class OnSix extends ThreadingHTTPServer {
      static override address_family: AddressFamily = AF_INET6;
    }
    await using server = await startServer(Echo, { ServerClass: OnSix });
    assert.match(server.url, /^http:\/\/\[::1\]:\d+$/);
    assert.equal(await (await fetch(`${server.url}/6`)).text(), "GET /6");
  });

  test("passes handler_args to the handlers", async () => {
    class Greeting extends BaseHTTPRequestHandler {
      readonly #word: string;

      constructor(...args: ConstructorParameters<typeof BaseHTTPRequestHandler<HTTPServer>>) {
        super(...args);
        this.#word = (args[3] as { word: string }).word;
      }

      do_GET(): void {
        this.send_response(200);
        this.end_headers();
        this.wfile.write(this.#word);
      }
    }
    await using server = await startServer(Greeting, { handler_args: { word: "good day" } });
    assert.equal(await (await fetch(server.url)).text(), "good day");
  });

  test("refuses an unknown protocol", async () => {
    await assert.rejects(startServer(Echo, { protocol: "gopher" as "http" }), {
      name: "TypeError",
      message: "protocol must be http, https, tcp, udp, unix, not 'gopher'.",
    });
  });

  test("refuses a value that is not a class", async () => {
    await assert.rejects(startServer({} as typeof Echo), {
      name: "TypeError",
      message: "HandlerClass must be a class, not {}.",
    });
  });

  test("throws what the constructor of the server throws", async () => {
    class Unbindable extends HTTPServer {
      override server_bind(): void {
        throw new Error("not today");
      }
    }
    await assert.rejects(startServer(Echo, { ServerClass: Unbindable }), { message: "not today" });
  });

  const skip = !supportsThreads() && "this Node can't hand connections to threads";
  test("serves with threads, where the classes say where they are found", { skip }, async () => {
    const { ThreadsServer, WhichThread } = await import("./threads-server.js");
    await leavesNothingOpen(async () => {
      await using server = await startServer(WhichThread, { ServerClass: ThreadsServer });
      assert.notEqual(await (await fetch(server.url)).text(), "0");
      // They would be empty, and `served()` would wait forever.
      const notRecorded = { message: /^Requests that threads or processes serve are not recorded/ };
      assert.throws(() => server.requests, notRecorded);
      assert.throws(() => server.log, notRecorded);
      await assert.rejects(server.served(), notRecorded);
      assert.deepEqual(server.errors, []);
    });
  });
});

describe("a TestServer records", () => {
  test("HTTP requests, with their content", async () => {
    await using server = await startServer(Echo);
    await fetch(`${server.url}/one?q=1`, { headers: { "X-Word": "yes" } });
    await fetch(`${server.url}/two`, { method: "POST", body: "content" });
    const [one, two] = server.requests;
    assert.equal(server.requests.length, 2);
    assert.deepEqual([one?.method, one?.path, one?.version], ["GET", "/one?q=1", "HTTP/1.1"]);
    assert.equal(one?.headers.get("x-word"), "yes");
    assert.equal(one?.body.length, 0);
    assert.deepEqual([two?.method, String(two?.body)], ["POST", "content"]);
    assert.equal(two?.client_address[0], "127.0.0.1");
  });

  test("a request as soon as its handler is called", async () => {
    const come = deferred();
    class Slow extends Waiting {
      override async do_GET(): Promise<void> {
        come.resolve();
        await super.do_GET();
      }
    }
    await using server = await startServer(Slow);
    const asked = fetch(server.url).catch(() => {});
    await come.promise;
    assert.equal(server.requests.length, 1);
    await server.close();
    await asked;
  });

  test("no request with a malformed head", async () => {
    await using server = await startServer(Echo);
    await exchange(server.address, "nonsense\r\n\r\n");
    assert.deepEqual(server.requests, []);
  });

  test("what was received over a connection, and in a datagram", async () => {
    await using tcp = await startServer(Upper);
    await exchange(tcp.address, "one\ntwo\n");
    assert.equal(String((await tcp.served()).body), "one\ntwo\n");
    await using udp = await startServer(UpperPacket);
    await sendPacket(udp.address, "one");
    assert.equal(String((await udp.served()).body), "one");
  });

  test("a connection of a handler that reads the socket itself, without bytes", async () => {
    class Shout extends BaseRequestHandler<TCPServer> {
      override handle(): void {
        this.request.end("HELLO\n");
      }
    }
    await using server = await startServer(Shout);
    assert.equal(await exchange(server.address, "one"), "HELLO\n");
    assert.equal((await server.served()).body.length, 0);
  });

  test("what is logged, and prints nothing", async (t) => {
    const printed = standardError(t);
    await using server = await startServer(Echo);
    await fetch(`${server.url}/there`);
    assert.deepEqual(server.log, ['"GET /there HTTP/1.1" 200 -']);
    assert.deepEqual(printed, []);
  });

  test("what is logged beside what an override does with it", async () => {
    const own: string[] = [];
    class Own extends Echo {
      override log_message(format: string): void {
        own.push(format);
      }
    }
    await using server = await startServer(Own);
    await fetch(server.url);
    assert.deepEqual(own, ['"%s" %s %s']);
    assert.deepEqual(server.log, ['"GET / HTTP/1.1" 200 -']);
  });
});

describe("served()", () => {
  test("waits until requests have been served", async () => {
    await using server = await startServer(Echo);
    const third = server.served(3);
    for (const path of ["/1", "/2", "/3"]) await fetch(server.url + path);
    assert.equal((await third).path, "/3");
    assert.equal((await server.served()).path, "/1");
  });

  test("rejects when the server is closed before", async () => {
    await using server = await startServer(Echo);
    const never = assert.rejects(server.served(2), {
      message: "The server was closed when it had served 1 of 2 requests.",
    });
    await fetch(server.url);
    await server.close();
    await never;
  });
});

describe("close()", () => {
  test("throws what a handler has thrown", async (t) => {
    const printed = standardError(t);
    const server = await startServer(Thrower);
    assert.equal((await fetch(`${server.url}/x`)).status, 500);
    await assert.rejects(server.close(), { message: "thrown for /x" });
    assert.deepEqual(printed, []);
  });

  test("throws an AggregateError of several", async () => {
    const server = await startServer(Thrower);
    await fetch(`${server.url}/x`);
    await fetch(`${server.url}/y`);
    assert.equal(server.errors.length, 2);
    await assert.rejects(server.close(), {
      name: "AggregateError",
      message: "2 errors: Error: thrown for /x; Error: thrown for /y",
    });
  });

  test("throws no error that the test has taken", async () => {
    await using server = await startServer(Thrower);
    await fetch(`${server.url}/x`);
    assert.deepEqual(
      server.takeErrors().map((error) => (error as Error).message),
      ["thrown for /x"],
    );
  });

  test("throws nothing about clients that went away", async () => {
    await using server = await startServer(Upper);
    const client = net.connect(server.address[1], server.address[0]);
    await once(client, "connect");
    client.write("half a line");
    client.resetAndDestroy();
    await server.served();
  });

  test("calls a handle_error that is overridden too", async () => {
    const told: unknown[] = [];
    class Telling extends HTTPServer {
      override handle_error(_request: net.Socket, _address: readonly [string, number], error: unknown): void {
        told.push(error);
      }
    }
    await using server = await startServer(Thrower, { ServerClass: Telling });
    await fetch(server.url);
    assert.deepEqual(told, server.takeErrors());
  });

  test("waits for nobody: it aborts requests and idle connections", async () => {
    await leavesNothingOpen(async () => {
      const server = await startServer(Waiting);
      const asked = assert.rejects(fetch(server.url));
      const idle = net.connect(server.address[1], server.address[0]);
      await once(idle, "connect");
      idle.resume().on("error", () => {});
      await server.close();
      await asked;
      if (!idle.closed) await once(idle, "close");
    });
  });

  test("reports a handler that keeps running", async () => {
    const gate = deferred();
    class Deaf extends BaseHTTPRequestHandler {
      do_GET(): Promise<void> {
        return gate.promise;
      }
    }
    const server = await startServer(Deaf);
    const asked = assert.rejects(fetch(server.url));
    await until(() => server.requests.length > 0);
    await assert.rejects(server.close(), {
      message:
        "Handlers that did not end when their connection was closed: 1. Pass this.signal to everything that they await.",
    });
    gate.resolve();
    await asked;
  });

  test("may be called again, and after server_close()", async () => {
    const server = await startServer(Echo);
    await server.server.server_close();
    await server.close();
    await server.close();
    await server[Symbol.asyncDispose]();
  });
});
