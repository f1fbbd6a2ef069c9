import assert from "node:assert/strict";
import { execFile, execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import * as http from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { promisify } from "node:util";
import { type Fixture, HTTP_SERVERS, serveHttp, TestHandler } from "../support/http.js";

const run = promisify(execFile);

/** Handler for tests with real clients. */
class Service extends TestHandler {
  do_GET(): void | Promise<void> {
    if (this.path === "/error") this.send_error(404);
    else if (this.path === "/chunks") return this.#chunks();
    else this.respond(`${this.request_version} ${this.path}`);
  }

  do_HEAD() {
    return this.do_GET();
  }

  async do_PUT() {
    let length = 0;
    for await (const piece of this.rfile) length += piece.length;
    this.respond(`${this.command} ${length}`);
  }

  do_POST() {
    return this.do_PUT();
  }

  do_DELETE() {
    this.respond("", 204);
  }

  async #chunks() {
    this.send_response(200);
    this.end_headers();
    for (let count = 0; count < 3; count++) {
      await turn();
      await this.wfile.write(`${count}`.repeat(1000));
    }
  }
}

/** True if a program is installed; the test is skipped without it. */
function has(program: string): boolean {
  try {
    execFileSync(program, ["--version"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

const withoutCurl = !has("curl");
const withoutPython = !has("python3");

async function curl(fixture: Fixture, paths: readonly string[], ...options: string[]): Promise<string> {
  const urls = paths.map((path) => fixture.url + path);
  const { stdout } = await run("curl", ["-sS", "--noproxy", "*", "--max-time", "20", ...options, ...urls], {
    maxBuffer: 2 ** 26,
  });
  return stdout;
}

function file(t: TestContext, size: number): string {
  const directory = mkdtempSync(join(tmpdir(), "pyserve-"));
  t.after(() => rmSync(directory, { recursive: true }));
  const path = join(directory, "file");
  writeFileSync(path, Buffer.alloc(size, "x"));
  return path;
}

for (const Server of HTTP_SERVERS) {
  const named = (name: string) => `${Server.name} and curl: ${name}`;
  const options = { skip: withoutCurl };

  test(named("several requests on one connection"), options, async (t) => {
    const fixture = serveHttp(t, Service, { Server });
    const output = await curl(
      fixture,
      ["/1", "/error", "/chunks", "/2"],
      "-w",
      "%{http_code} %{num_connects}\n",
      "-o",
      "/dev/null",
      "-o",
      "/dev/null",
      "-o",
      "/dev/null",
      "-o",
      "/dev/null",
    );
    assert.equal(output, "200 1\n404 0\n200 0\n200 0\n");
  });

  test(named("HTTP/1.0"), options, async (t) => {
    const fixture = serveHttp(t, Service, { Server });
    assert.equal(await curl(fixture, ["/1"], "--http1.0"), "HTTP/1.0 /1");
    assert.equal((await curl(fixture, ["/chunks"], "--http1.0")).length, 3000);
  });

  test(named("HEAD, DELETE, and an upgrade to HTTP/2 that is not made"), options, async (t) => {
    const fixture = serveHttp(t, Service, { Server });
    assert.match(await curl(fixture, ["/abc"], "-I"), /^HTTP\/1\.1 200 OK\r\n.*Content-Length: 13\r\n/s);
    assert.match(await curl(fixture, ["/"], "-i", "-X", "DELETE"), /^HTTP\/1\.1 204 /);
    assert.equal(await curl(fixture, ["/1"], "--http2"), "HTTP/1.1 /1");
  });

  for (const [name, fields] of Object.entries({
    "a length": ["Expect:"],
    "a length and Expect": ["Expect: 100-continue"],
    chunks: ["Transfer-Encoding: chunked", "Expect:"],
    "chunks and Expect": ["Transfer-Encoding: chunked", "Expect: 100-continue"],
  })) {
    test(named(`an upload with ${name}`), options, async (t) => {
      const fixture = serveHttp(t, Service, { Server });
      const headers = fields.flatMap((field) => ["-H", field]);
      const path = file(t, 3_000_000);
      // If no 100 arrives, curl waits for ten seconds, much longer than the whole test takes.
      const output = await curl(
        fixture,
        ["/x", "/y"],
        "-T",
        path,
        "-T",
        path,
        "--expect100-timeout",
        "10",
        ...headers,
      );
      assert.equal(output, "PUT 3000000".repeat(2));
    });
  }

  test(named("an upload that is refused"), options, async (t) => {
    const fixture = serveHttp(t, Service, { Server });
    for (const expect of ["Expect:", "Expect: 100-continue"]) {
      const output = await curl(
        fixture,
        ["/x"],
        "-T",
        file(t, 3_000_000),
        "-X",
        "PATCH",
        "-H",
        expect,
        "-w",
        "%{http_code}",
        "-o",
        "/dev/null",
      );
      assert.equal(output, "501", expect);
    }
  });
}

const script = `
import http.client, sys
connection = http.client.HTTPConnection("127.0.0.1", int(sys.argv[1]), timeout=20)
def ask(method, path, body=None, headers={}, **rest):
    connection.request(method, path, body, headers, **rest)
    response = connection.getresponse()
    print(method, path, response.status, response.version, response.will_close, len(response.read()))
connection.connect()
socket = connection.sock
ask("GET", "/1")
ask("HEAD", "/1")
ask("GET", "/chunks")
ask("GET", "/error")
ask("PUT", "/", b"x" * 100000)
ask("PUT", "/", iter([b"x" * 1000] * 3), encode_chunked=True)
ask("DELETE", "/")
ask("PATCH", "/", b"unread")
print(connection.sock is socket)
ask("GET", "/last", headers={"Connection": "close"})
`;

test("Python's http.client gets every kind of response on one connection", {
  skip: withoutPython,
}, async (t) => {
  const fixture = serveHttp(t, Service);
  const { stdout } = await run("python3", ["-c", script, String(fixture.port)]);
  const lines = stdout.trimEnd().split("\n");
  const page = lines[3]?.split(" ").at(-1);
  const unsupported = lines[7]?.split(" ").at(-1);
  assert.deepEqual(lines, [
    "GET /1 200 11 False 11",
    "HEAD /1 200 11 False 0",
    "GET /chunks 200 11 False 3000",
    `GET /error 404 11 False ${page}`,
    "PUT / 200 11 False 10",
    "PUT / 200 11 False 8",
    "DELETE / 204 11 False 0",
    `PATCH / 501 11 False ${unsupported}`,
    "True",
    "GET /last 200 11 True 14",
  ]);
});

for (const Server of HTTP_SERVERS) {
  test(`${Server.name} and node:http: an agent reuses one connection`, async (t) => {
    const fixture = serveHttp(t, Service, { Server });
    const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
    t.after(() => agent.destroy());
    const ports = new Set<number | undefined>();
    const exchange = (method: string, path: string, body = "") =>
      new Promise<string>((resolve, reject) => {
        const outgoing = http.request(fixture.url + path, { agent, method }, (reply) => {
          ports.add(reply.socket.localPort);
          const pieces: Buffer[] = [];
          reply.on("data", (piece) => pieces.push(piece));
          reply.on("end", () => resolve(`${reply.statusCode} ${Buffer.concat(pieces).length}`));
        });
        outgoing.on("error", reject);
        outgoing.end(body);
      });
    const expected: readonly (readonly [method: string, path: string, outcome: string])[] = [
      ["GET", "/1", "200 11"],
      ["GET", "/chunks", "200 3000"],
      ["HEAD", "/1", "200 0"],
      ["POST", "/", "200 6"],
      ["DELETE", "/", "204 0"],
      ["GET", "/2", "200 11"],
    ];
    for (const [method, path, outcome] of expected)
      assert.equal(await exchange(method, path, method === "POST" ? "x" : ""), outcome);
    assert.equal(ports.size, 1);
  });

  test(`${Server.name} and fetch: many requests at the same time, and an upload`, async (t) => {
    const fixture = serveHttp(t, Service, { Server });
    const texts = await Promise.all(
      Array.from({ length: 50 }, async (_, at) => (await fetch(`${fixture.url}/${at}`)).text()),
    );
    assert.deepEqual(
      texts,
      Array.from({ length: 50 }, (_, at) => `HTTP/1.1 /${at}`),
    );
    const reply = await fetch(`${fixture.url}/`, { method: "PUT", body: "x".repeat(200_000) });
    assert.equal(await reply.text(), "PUT 200000");
    assert.equal((await fetch(`${fixture.url}/error`)).status, 404);
  });
}
