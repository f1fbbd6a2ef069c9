/** Unfinished responses when the server closes: they neither keep the process alive nor exceed their time limit. */
import assert from "node:assert/strict";
import { once } from "node:events";
import * as net from "node:net";
import { type TestContext, test } from "node:test";
import { Child } from "../support/child.js";
import { get, RawClient, request } from "../support/http.js";
import { until } from "../support/servers.js";

const script = (Server: string) => `
  import { BaseHTTPRequestHandler, ${Server} as Base } from "pyserve";
  class Endless extends BaseHTTPRequestHandler {
    do_GET() {
      this.send_response(200);
      this.send_header("Connection", "close");
      this.end_headers();
      this.wfile.write(Buffer.alloc(50_000_000));
    }
    async do_PUT() {
      this.send_response(200);
      this.end_headers();
      for (;;) await this.wfile.write(Buffer.alloc(1_000_000));
    }
    log_message() {}
  }
  class Server extends Base {
    static drain_timeout = 0.1;
  }
  const server = new Server(["127.0.0.1", 0], Endless);
  console.log(server.server_port);
  server.serve_forever();
  process.once("SIGTERM", () => server.server_close());
`;

/** A client that reads only the beginning of a response. */
async function stall(t: TestContext, port: number, text: string): Promise<void> {
  const client = net.connect(port, "127.0.0.1");
  t.after(() => client.destroy());
  client.on("error", () => {});
  client.write(text);
  await once(client, "readable");
}

for (const Server of ["HTTPServer", "ThreadingHTTPServer"]) {
  for (const [what, text] of [
    ["that is written, and not taken", get("/")],
    ["that is still being written", request("PUT", "/")],
  ] as const) {
    test(`${Server}: a reply ${what} does not keep the process alive after server_close`, async (t) => {
      const child = new Child(t, script(Server));
      await until(() => child.output.includes("\n"), "the port");
      await stall(t, Number.parseInt(child.output, 10), text);
      child.process.kill("SIGTERM");
      assert.equal(await child.end(), 0, child.errors);
    });
  }
}

/** Programs that a signal ends while each has a request in progress. */
const PROGRAMS: Readonly<Record<string, string>> = {
  "by `await using`": `
    const httpd = new Base(["127.0.0.1", 0], Slow);
    console.log(httpd.server_port);
    await httpd.serve_forever({ signal: stop.signal });
    await httpd[Symbol.asyncDispose](); // the syntax is newer than Node 20
  `,
  "by server_close()": `
    const httpd = new Base(["127.0.0.1", 0], Slow);
    console.log(httpd.server_port);
    await httpd.serve_forever({ signal: stop.signal });
    await httpd.server_close();
  `,
  "without closing its server": `
    const httpd = new Base(["127.0.0.1", 0], Slow);
    console.log(httpd.server_port);
    await httpd.serve_forever({ signal: stop.signal });
  `,
};

for (const Server of ["HTTPServer", "ThreadingHTTPServer"]) {
  for (const [how, program] of Object.entries(PROGRAMS)) {
    test(`${Server}: a program that ends ${how} after an AbortSignal loses no reply`, async (t) => {
      const child = new Child(
        t,
        `
        import { once } from "node:events";
        import { BaseHTTPRequestHandler, ${Server} as Base } from "pyserve";
        const stop = new AbortController();
        process.once("SIGTERM", () => stop.abort());
        class Slow extends BaseHTTPRequestHandler {
          async do_GET() {
            console.log("begun");
            await once(stop.signal, "abort");
            for (let turns = 0; turns < 100; turns++) await new Promise(setImmediate);
            this.send_response(200);
            this.end_headers();
            this.wfile.write("whole");
          }
          log_message() {}
        }
        ${program}
        `,
      );
      await until(() => child.output.includes("\n"), "the port");
      const socket = net.connect(Number.parseInt(child.output, 10), "127.0.0.1");
      t.after(() => socket.destroy());
      const client = new RawClient(socket).send(get("/"));
      await until(() => child.output.includes("begun"), "the request");
      child.process.kill("SIGTERM");
      assert.equal((await client.reply()).content, "whole");
      client.end();
      assert.equal(await child.end(), 0, child.errors);
    });
  }
}
