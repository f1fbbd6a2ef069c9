/** Programs that are compiled against the package. Types don't depend on Node. */
import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { after, test } from "node:test";
import { InstalledPackage } from "./installed-package.js";

const { resolve } = createRequire(import.meta.url);

/** The compilers: the one of the project, and the oldest supported one. */
const TODAY = resolve("typescript/lib/tsc.js");
const OLDEST = createRequire(resolve("oldest-typescript/package.json")).resolve("typescript/lib/tsc.js");

/** Code of a user of the package, with lines that must not compile. */
const CONSUMER = `
  import { BaseHTTPRequestHandler, HTTPSServer, ThreadingHTTPServer, ThreadingMixIn, TCPServer } from "pyserve";
  import { run } from "pyserve/http/server";
  import { ForkingMixIn, StreamRequestHandler, UDPServer, type InetAddress } from "pyserve/socketserver";
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
  export class Datagrams extends ThreadingMixIn(UDPServer) {}
  export class Children extends ForkingMixIn(TCPServer) {}

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
import { TCPServer, ThreadingMixIn } from "pyserve/socketserver";
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
export class Threads extends ThreadingMixIn(TCPServer) {}
export const all = [run, startServer, TCPServer];
`;

interface Compilation {
  readonly module: string;
  readonly moduleResolution: string;
  readonly files: readonly ("esm/consumer.ts" | "cjs/app.cts")[];
  readonly more?: object;
}

const ESM = "esm/consumer.ts";
const CJS = "cjs/app.cts";

/** Ways in which a compiler finds a package. Declarations are the same for all, and checked once. */
const TODAYS: readonly Compilation[] = [
  {
    module: "nodenext",
    moduleResolution: "nodenext",
    files: [ESM, CJS],
    more: { skipLibCheck: false },
  },
  { module: "node16", moduleResolution: "node16", files: [ESM, CJS] },
  { module: "esnext", moduleResolution: "bundler", files: [ESM] },
  { module: "commonjs", moduleResolution: "bundler", files: [CJS] },
  { module: "commonjs", moduleResolution: "node10", files: [CJS], more: { ignoreDeprecations: "6.0" } },
];
const OLDESTS: readonly Compilation[] = [
  { module: "nodenext", moduleResolution: "nodenext", files: [ESM] },
  { module: "esnext", moduleResolution: "bundler", files: [ESM] },
];

const installed = InstalledPackage.declarations();
after(() => installed.remove());
for (const name of ["@types/node", "undici-types"]) installed.link(name);
installed.write(ESM, CONSUMER);
installed.write("esm/package.json", '{ "type": "module" }');
installed.write(CJS, TYPED);
installed.write("cjs/package.json", "{}");

/** Writes the configuration of a compilation; returns its name. */
function configure({ module, moduleResolution, files, more }: Compilation): string {
  const name = `${module}-${moduleResolution}.json`;
  const strict = { strict: true, noEmit: true, exactOptionalPropertyTypes: true, skipLibCheck: true };
  const lib = ["es2022", "esnext.disposable"];
  // With `declaration`, because declarations of a program name the types that it uses.
  const target = { target: "es2022", lib, types: ["node"], module, moduleResolution, declaration: true };
  installed.write(name, JSON.stringify({ compilerOptions: { ...target, ...strict, ...more }, files }));
  return name;
}

// One process for all of them.
test("a program that uses the package compiles with TypeScript of today, however it finds the package", async () => {
  assert.equal(await installed.node(TODAY, "--build", ...TODAYS.map(configure)), "");
});

for (const compilation of OLDESTS) {
  const { module, moduleResolution } = compilation;
  test(`a program that uses the package compiles with TypeScript 5.4, module ${module} and moduleResolution ${moduleResolution}`, async () => {
    assert.equal(await installed.node(OLDEST, "--project", configure(compilation)), "");
  });
}
