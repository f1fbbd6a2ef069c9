import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { before, describe, test } from "node:test";
import type { InstalledPackage } from "./installed-package.js";

const { resolve } = createRequire(import.meta.url);

/** The compilers: the one that the package is made with, and the oldest that it is for. */
const TODAY = resolve("typescript/lib/tsc.js");
const OLDEST = createRequire(resolve("oldest-typescript/package.json")).resolve("typescript/lib/tsc.js");

/** Code of a user of the package, with lines that must not compile. */
const CONSUMER = `
  import { BaseHTTPRequestHandler, HTTPSServer, ThreadingHTTPServer, ThreadingMixIn, TCPServer } from "pyserve";
  import { run } from "pyserve/http/server";
  import { StreamRequestHandler, type InetAddress } from "pyserve/socketserver";
  import { startServer } from "pyserve/testing";

  export class Counting extends ThreadingHTTPServer {
    static override max_threads = 2;
    count = 0;
  }
  export class Count extends BaseHTTPRequestHandler<Counting> {
    async do_GET(): Promise<void> {
      this.send_response(200);
      this.send_header("X-Count", ++this.server.count);
      this.end_headers();
      await this.wfile.write(await this.rfile.read());
    }
  }
  export class Lines extends StreamRequestHandler {
    override async handle(): Promise<void> {
      for await (const line of this.rfile.lines(1024)) await this.wfile.write(line);
    }
  }
  export class Threads extends ThreadingMixIn(TCPServer) {}

  export async function main(): Promise<void> {
    await using httpd = new Counting(["", 0], Count);
    const [host, port]: InetAddress = httpd.server_address;
    await using lines = new Threads([host, port], Lines, { bind_and_activate: false });
    await using server = await startServer(Count, { ServerClass: Counting });
    server.server.count = server.requests[0]?.headers.length ?? lines.max_threads;
    await run({ HandlerClass: Count, ServerClass: HTTPSServer });
    // @ts-expect-error: a host without a port
    new Counting(["localhost"], Count);
  }
`;

/** The same in CommonJS. */
const TYPED = `
import { BaseHTTPRequestHandler, ThreadingHTTPServer, type InetAddress } from "pyserve";
import { run } from "pyserve/http/server";
import { TCPServer } from "pyserve/socketserver";
import { startServer } from "pyserve/testing";
export class Server extends ThreadingHTTPServer {
  static module = __filename;
}
export class Hello extends BaseHTTPRequestHandler<Server> {
  do_GET(): void {
    const [host, port]: InetAddress = this.client_address;
    this.send_response(port > 0 ? 200 : 500, host);
    this.end_headers();
  }
}
export const all = [run, startServer, TCPServer];
`;

interface Compilation {
  readonly tsc: string;
  readonly module: string;
  readonly moduleResolution: string;
  readonly programs: readonly ("esm/consumer.ts" | "cjs/app.cts")[];
  readonly more?: object;
}

const ESM = "esm/consumer.ts";
const CJS = "cjs/app.cts";

/** The ways in which a compiler finds a package. Declarations are the same for all, and checked once. */
const COMPILATIONS: readonly Compilation[] = [
  {
    tsc: TODAY,
    module: "nodenext",
    moduleResolution: "nodenext",
    programs: [ESM, CJS],
    more: { skipLibCheck: false },
  },
  { tsc: TODAY, module: "node16", moduleResolution: "node16", programs: [ESM, CJS] },
  { tsc: TODAY, module: "esnext", moduleResolution: "bundler", programs: [ESM] },
  { tsc: TODAY, module: "commonjs", moduleResolution: "bundler", programs: [CJS] },
  {
    tsc: TODAY,
    module: "commonjs",
    moduleResolution: "node10",
    programs: [CJS],
    more: { ignoreDeprecations: "6.0" },
  },
  { tsc: OLDEST, module: "nodenext", moduleResolution: "nodenext", programs: [ESM] },
  { tsc: OLDEST, module: "esnext", moduleResolution: "bundler", programs: [ESM] },
];

/** Tests of programs that are compiled against the package. */
export function describeCompilation(installed: InstalledPackage): void {
  describe("a program that uses the package compiles", { concurrency: 2 }, () => {
    before(() => {
      installed.write(ESM, CONSUMER);
      installed.write("esm/package.json", '{ "type": "module" }');
      installed.write(CJS, TYPED);
      installed.write("cjs/package.json", "{}");
    });
    for (const [at, { tsc, module, moduleResolution, programs, more = {} }] of COMPILATIONS.entries()) {
      const compiler = tsc === TODAY ? "TypeScript of today" : "TypeScript 5.4";
      test(`with ${compiler}, module ${module} and moduleResolution ${moduleResolution}: ${programs}`, async () => {
        const strict = { strict: true, noEmit: true, exactOptionalPropertyTypes: true, skipLibCheck: true };
        const lib = ["es2022", "esnext.disposable"];
        const compilerOptions = {
          target: "es2022",
          lib,
          types: ["node"],
          ...strict,
          module,
          moduleResolution,
          ...more,
        };
        installed.write(`${at}.json`, JSON.stringify({ compilerOptions, files: programs }));
        assert.equal(await installed.node(tsc, "--project", `${at}.json`), "");
      });
    }
  });
}
