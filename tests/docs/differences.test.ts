import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { connect as connectPlainly } from "node:net";
import { join } from "node:path";
import test from "node:test";
import { connect, type TLSSocket } from "node:tls";
import {
  BaseHTTPRequestHandler,
  CertificateError,
  HTTPSServer,
  ThreadingHTTPSServer,
} from "pyserve/http/server";
import {
  DatagramRequestHandler,
  ForkingMixIn,
  ForkingTCPServer,
  type InetAddress,
  StreamRequestHandler,
  supportsThreads,
  ThreadingTCPServer,
  ThreadingUnixStreamServer,
  UDPServer,
  WorkerError,
} from "pyserve/socketserver";
import { selfSignedCertificate } from "#src/tls/self-signed-certificate.js";
import { temporaryDirectory } from "../support/file-server.js";
import { deferred, serve, until } from "../support/servers.js";
import { exchange, StreamClient } from "../support/stream-client.js";
import { pageAt } from "./pages.js";
import { WhoServes } from "./who-serves.js";

const PAGE = "docs/differences.md";

const tables = pageAt(PAGE).tables.filter(([heading]) => heading?.includes("Test"));

test(`${PAGE} names a test for each difference`, () => {
  assert.ok(tables.length > 0);
  const rows = tables.flatMap(([, ...rows]) => rows);
  assert.deepEqual(
    rows.filter((cells) => !/\]\(\.\.\/tests\/\S+\.test\.ts\)/.test(cells.at(-1) ?? "")),
    [],
  );
});

test(`${PAGE} says what differs, in every row`, () => {
  const rows = tables.flatMap(([, ...rows]) => rows);
  assert.deepEqual(
    rows.filter(({ length, 1: pyserve }) => length !== 4 || pyserve === ""),
    [],
  );
});

// Rows of the page that no module's test shows.

test("`UDPServer` lets 1024 datagrams wait, and drops further ones", async (t) => {
  const served: string[] = [];
  const done = deferred();
  class Collect extends DatagramRequestHandler {
    override handle() {
      const text = this.packet.toString();
      served.push(text);
      if (text === "last") done.resolve();
    }
  }
  const server = new UDPServer(["127.0.0.1", 0], Collect);
  const client = createSocket("udp4");
  t.after(() => client.close());
  client.connect(server.server_address[1], "127.0.0.1");
  await once(client, "connect");
  let received = 0;
  server.socket.on("message", () => received++);
  for (let number = 0; number < 1030; number++) {
    client.send(String(number));
    // A few at a time, so that the system's own buffer is never full.
    if (number % 32 === 0) await until(() => received === number + 1, "the datagrams to arrive");
  }
  await until(() => received === 1030, "the datagrams to arrive");

  serve(t, server);
  await until(() => served.length === 1024, "the datagrams to be served");
  client.send("last");
  await done.promise;
  assert.deepEqual(served, [...Array.from({ length: 1024 }, (_, number) => String(number)), "last"]);
});

test("`disable_nagle_algorithm` is ignored for a Unix socket", async (t) => {
  class Hello extends StreamRequestHandler<ThreadingUnixStreamServer> {
    static override disable_nagle_algorithm = true;
    override handle() {
      this.wfile.write("hello");
    }
  }
  const path = join(temporaryDirectory(t), "socket");
  serve(t, new ThreadingUnixStreamServer(path, Hello));
  assert.equal(await exchange(path, ""), "hello");
});

test("`ForkingTCPServer` serves in a process with its own modules, and reuses the process", async (t) => {
  const server = serve(t, new ForkingTCPServer(["127.0.0.1", 0], WhoServes));
  const [child, served] = (await exchange(server.server_address, "\n")).split(" ");
  assert.notEqual(child, String(process.pid));
  assert.equal(served, "1");
  await server.collect_children({ blocking: true });
  assert.deepEqual(server.active_children, new Set());
  assert.equal(await exchange(server.server_address, "\n"), `${child} 2`);
});

test("`handle_error` gets the death of a child, and another child serves", async (t) => {
  const told = deferred<unknown[]>();
  const server = new ForkingTCPServer(["127.0.0.1", 0], WhoServes);
  // Not enumerable, like a method: fields of the server are copied to its children.
  Object.defineProperty(server, "handle_error", { value: (...details: unknown[]) => told.resolve(details) });
  serve(t, server);
  assert.equal(await exchange(server.server_address, "die\n"), "");
  const [request, client_address, error] = await told.promise;
  assert.deepEqual([request, client_address], [undefined, undefined]);
  assert.equal((error as WorkerError).code, "PYSERVE_WORKER_DIED");
  assert.match(await exchange(server.server_address, "\n"), /^\d+ 1$/);
});

test("`ForkingMixIn` refuses a server for datagrams", () => {
  class Forking extends ForkingMixIn(UDPServer) {}
  assert.throws(
    () => new Forking(["127.0.0.1", 0], DatagramRequestHandler),
    (error) => error instanceof WorkerError && error.code === "PYSERVE_PROCESSES_NEED_CONNECTIONS",
  );
});

test("classes for workers must name their module", () => {
  class Homeless extends WhoServes {}
  assert.throws(
    () => new ForkingTCPServer(["127.0.0.1", 0], Homeless),
    (error) => error instanceof WorkerError && error.code === "PYSERVE_CLASS_WITHOUT_MODULE",
  );
});

if (supportsThreads()) {
  test("threads share no variables with the program", async (t) => {
    const server = new ThreadingTCPServer(["127.0.0.1", 0], WhoServes);
    server.max_threads = 1;
    serve(t, server);
    assert.equal(await exchange(server.server_address, "\n"), `${process.pid} 1`);
    assert.equal(await exchange(server.server_address, "\n"), `${process.pid} 2`);
    const tasks = serve(t, new ThreadingTCPServer(["127.0.0.1", 0], WhoServes));
    assert.equal(await exchange(tasks.server_address, "\n"), `${process.pid} 1`);
  });
}

class Ok extends BaseHTTPRequestHandler {
  do_GET() {
    this.send_response(204);
    this.end_headers();
  }
  override log_message() {}
}

const [first, second] = [selfSignedCertificate(["localhost"]), selfSignedCertificate(["localhost"])];
const { cert, key } = first;

/** Makes a handshake. Returns the fingerprint of the server's certificate. */
async function fingerprint([host, port]: InetAddress): Promise<string> {
  const client: TLSSocket = connect({ host, port, rejectUnauthorized: false });
  await once(client, "secureConnect");
  const shown = client.getPeerCertificate().fingerprint256;
  client.destroy();
  return shown;
}

/** Connects, sends nothing, and waits until the server closes the connection. */
async function untilCutOff([host, port]: InetAddress): Promise<void> {
  await once(connectPlainly({ host, port }).resume(), "close");
}

test("`HTTPSServer` is not delayed by a client without a handshake, and reports no failed one", async (t) => {
  class Strict extends HTTPSServer {
    override handle_error(_request: unknown, _client_address: unknown, error: unknown) {
      assert.equal((error as NodeJS.ErrnoException).code, "ECONNRESET");
    }
  }
  const server = serve(t, new Strict(["127.0.0.1", 0], Ok, { cert, key }));
  const silent = await StreamClient.connect(server.server_address);
  t.after(() => silent.socket.destroy());
  assert.equal(await fingerprint(server.server_address), first.fingerprint);
  server.handshake_timeout = 0.01;
  await untilCutOff(server.server_address);
});

test("`HTTPSServer` explains the problem to a client that speaks plain HTTP", async (t) => {
  const server = serve(t, new HTTPSServer(["127.0.0.1", 0], Ok, { cert, key }));
  const reply = await exchange(server.server_address, "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
  assert.match(reply, /^HTTP\/1\.1 400 [\s\S]*https:\/\//);
});

test("`load_cert_chain` changes the certificate while the server runs, and a bad one changes nothing", async (t) => {
  const server = serve(t, new ThreadingHTTPSServer(["127.0.0.1", 0], Ok, { cert, key }));
  assert.equal(await fingerprint(server.server_address), first.fingerprint);
  Object.assign(server.secure_context_options, { cert: second.cert, key: second.key });
  server.load_cert_chain();
  assert.equal(await fingerprint(server.server_address), second.fingerprint);
  assert.throws(() => server.load_cert_chain("missing.pem"), CertificateError);
  assert.equal(await fingerprint(server.server_address), second.fingerprint);
});

test("`password` is a string", () => {
  const password = (() => "secret") as unknown as string;
  const options = { certfile: "cert.pem", password };
  assert.throws(() => new HTTPSServer(["127.0.0.1", 0], Ok, options), /password must be a string/);
});
