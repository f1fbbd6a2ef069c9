import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { after, before, describe, test } from "node:test";
import { InstalledPackage } from "./installed-package.js";

const { resolve } = createRequire(import.meta.url);

const TODAY = "TypeScript of today";

/** The compilers: the one that the package is made with, and the oldest that it is for. */
const COMPILERS: Readonly<Record<string, string>> = {
  [TODAY]: resolve("typescript/lib/tsc.js"),
  "TypeScript 5.4": createRequire(resolve("oldest-typescript/package.json")).resolve("typescript/lib/tsc.js"),
};

/** The ways in which a compiler finds a package. */
const RESOLUTIONS: Readonly<Record<string, string>> = {
  node16: "node16",
  nodenext: "nodenext",
  bundler: "esnext",
};

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

describe("a program that uses the package compiles", { concurrency: 2 }, () => {
  let installed: InstalledPackage;
  before(async () => {
    installed = await InstalledPackage.make();
    for (const name of ["@types/node", "undici-types"]) installed.link(name);
    installed.write("package.json", JSON.stringify({ private: true, type: "module" }));
    for (const resolution of Object.keys(RESOLUTIONS)) installed.write(`${resolution}/consumer.ts`, CONSUMER);
  });
  after(() => installed.remove());

  for (const [name, tsc] of Object.entries(COMPILERS)) {
    for (const [moduleResolution, module] of Object.entries(RESOLUTIONS)) {
      test(`with ${name} and moduleResolution ${moduleResolution}`, async () => {
        const project = `${moduleResolution}/${name.replaceAll(" ", "-")}.json`;
        installed.write(project, JSON.stringify(configOf(moduleResolution, module, name !== TODAY)));
        assert.equal(await installed.node(tsc, "--project", project), "");
      });
    }
  }
});

// Declarations are checked too, except with older compilers, which find errors in Node's own declarations.
function configOf(moduleResolution: string, module: string, skipLibCheck: boolean): object {
  const strict = { strict: true, noEmit: true, exactOptionalPropertyTypes: true, skipLibCheck };
  const lib = ["es2022", "esnext.disposable"];
  return {
    compilerOptions: { module, moduleResolution, lib, target: "es2022", types: ["node"], ...strict },
    files: ["consumer.ts"],
  };
}
