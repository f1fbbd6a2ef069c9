/**
 * Programs that are bundled, compiled, in CommonJS, or run by a loader, as docs/how-to/bundle.md and the tutorial
 * describe.
 */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { before, describe, test } from "node:test";
import { supportsThreads } from "pyserve";
import { pageAt } from "../docs/pages.js";
import type { InstalledPackage } from "./installed-package.js";

const { resolve } = createRequire(import.meta.url);
const ESBUILD = join(dirname(resolve("esbuild/package.json")), "bin", "esbuild");
const VITE = join(dirname(resolve("vite/package.json")), "bin", "vite.js");
const TSX = join(dirname(resolve("tsx/package.json")), "dist", "cli.mjs");
const TSC = resolve("typescript/bin/tsc");
const JEST_PROGRAM = join(dirname(resolve("jest/package.json")), "bin", "jest.js");

const PAGE = "docs/how-to/bundle.md";
assert.ok(pageAt(PAGE));

/** Answers with the thread or process that serves it, which is not the program's. */
const BODY = `
class Server extends ThreadingHTTPServer {
  static module = HERE;
  static max_threads = supportsThreads() ? 1 : 0;
}
class Hello extends BaseHTTPRequestHandler {
  static module = HERE;
  do_GET() {
    this.send_response(200);
    this.end_headers();
    this.wfile.write(isMainThread ? "task" : "thread");
  }
  log_message() {}
}
class Forking extends ForkingTCPServer {
  static module = HERE;
}
class Process extends StreamRequestHandler {
  static module = HERE;
  handle() {
    this.wfile.write(process.send === undefined ? "task" : "process");
  }
}
async function main() {
  const servers = [];
  try {
    const httpd = new Server(["127.0.0.1", 0], Hello);
    servers.push(httpd);
    const forking = new Forking(["127.0.0.1", 0], Process);
    servers.push(forking);
    const served = Promise.race([httpd.serve_forever(), forking.serve_forever()]);
    served.catch(() => {});
    const texts = Promise.all([text(httpd), raw(forking)]);
    texts.catch(() => {});
    console.log(String(await Promise.race([texts, served])));
  } catch (error) {
    console.log(error.code);
  } finally {
    for (const server of servers) await server.server_close();
  }
}
async function text(server) {
  return (await fetch("http://127.0.0.1:" + server.server_port)).text();
}
async function raw(server) {
  const pieces = [];
  for await (const piece of connect(server.server_address[1], "127.0.0.1")) pieces.push(piece);
  return String(Buffer.concat(pieces));
}
`;

const NAMES =
  "BaseHTTPRequestHandler, ForkingTCPServer, StreamRequestHandler, supportsThreads, ThreadingHTTPServer";

const ESM = `
// @ts-nocheck
import { connect } from "node:net";
import { isMainThread } from "node:worker_threads";
import { ${NAMES} } from "pyserve";
const HERE = import.meta.url;
${BODY}
export { Forking, Hello, Process, Server };
if (isMainThread && process.send === undefined) await main();
`;

const COMMON_JS = `
const { connect } = require("node:net");
const { isMainThread } = require("node:worker_threads");
const { ${NAMES} } = require("pyserve");
const HERE = __filename;
${BODY}
module.exports = { Forking, Hello, Process, Server };
if (require.main === module) main();
`;

const JEST = `
const { ThreadingHTTPServer, SimpleHTTPRequestHandler, BaseHTTPRequestHandler, supportsThreads } = require("pyserve");
const { startServer } = require("pyserve/testing");
test("tasks", async () => {
  class Hello extends BaseHTTPRequestHandler {
    do_GET() {
      this.send_response(200);
      this.end_headers();
      this.wfile.write("hello");
    }
  }
  const server = await startServer(Hello);
  expect(await (await fetch(server.url)).text()).toBe("hello");
  await server.close();
});
test("threads", async () => {
  const handler_args = { directory: __dirname, extra_response_headers: [["X-A", "b"]] };
  const httpd = new ThreadingHTTPServer(["127.0.0.1", 0], SimpleHTTPRequestHandler, { handler_args });
  if (supportsThreads()) httpd.max_threads = 1;
  const served = httpd.serve_forever();
  const asked = fetch("http://127.0.0.1:" + httpd.server_port + "/package.json");
  const response = await Promise.race([asked, served]);
  expect(response.headers.get("X-A")).toBe("b");
  expect((await httpd.stats()).workers.running).toBe(supportsThreads() ? 1 : 0);
  await httpd.server_close();
});
`;

/** Sends the first request of the tutorial, and stops the server. */
const TRY = `
void fetch(\`http://127.0.0.1:\${httpd.server_port}/\`)
  .then(async (response) => console.log(await response.text()))
  .finally(() => httpd.shutdown());
await httpd.serve_forever();
`;

const EXPECTED = `${supportsThreads() ? "thread" : "task"},process\n`;

/** Returns the commands of the page, without the program's name. */
function commandsOf(page: string): string[][] {
  const blocks = readFileSync(page, "utf8").matchAll(/```sh\nesbuild (.*)\n```/g);
  return [...blocks].map(([, line = ""]) => (line.match(/'[^']*'|\S+/g) ?? []).map(withoutQuotes));
}

function withoutQuotes(word: string): string {
  return word.replace(/^'(.*)'$/, "$1");
}

/** Tests of programs that bundlers have built. */
export function describeBundles(installed: InstalledPackage): void {
  describe("a program", { concurrency: 2 }, () => {
    before(() => {
      // Types that programs need, but the package does not contain.
      for (const name of ["@types/node", "undici-types"]) installed.link(name);
      installed.write("src/app.ts", ESM);
      installed.write("src/package.json", '{ "type": "module" }');
      installed.write("app.cjs", COMMON_JS);
    });

    const [external = [], inside = []] = commandsOf(PAGE);
    const banner = inside.find((arg) => arg.startsWith("--banner")) ?? "";

    test("that is bundled without pyserve has threads and processes", async () => {
      await installed.run(ESBUILD, ...external, "--log-level=error");
      assert.equal(await installed.node("dist/app.js"), EXPECTED);
    });

    test("that is bundled with pyserve and its worker has threads and processes", async () => {
      const args = inside.map((arg) => (arg === "--outdir=dist" ? "--outdir=inside" : arg));
      await installed.run(ESBUILD, ...args, "--minify", "--log-level=error");
      assert.equal(await installed.node("inside/app.js"), EXPECTED);
    });

    for (const format of ["esm", "cjs"]) {
      test(`that is bundled with pyserve, without its worker, in ${format}, says what is missing`, async () => {
        const entry = format === "esm" ? "src/app.ts" : "app.cjs";
        const out = `--outfile=alone/${format}.${format === "esm" ? "mjs" : "cjs"}`;
        const args = [entry, "--bundle", "--platform=node", `--format=${format}`, out, "--log-level=error"];
        await installed.run(ESBUILD, ...args, ...(format === "esm" ? [banner] : []));
        assert.equal(await installed.node(out.slice(10)), "PYSERVE_WORKER_FILE_MISSING\n");
      });
    }

    test("that Vite bundles with pyserve and its worker has threads and processes", async () => {
      const [, config = ""] =
        /```js\n\/\/ vite\.config\.mjs\n([\s\S]*?)```/.exec(readFileSync(PAGE, "utf8")) ?? [];
      installed.write("vite.config.mjs", config.replace('"dist"', '"vite"'));
      await installed.node(VITE, "build", "--logLevel", "error");
      assert.equal(await installed.node("vite/app.mjs"), EXPECTED);
    });

    test("in CommonJS has threads and processes", async () => {
      assert.equal(await installed.node("app.cjs"), EXPECTED);
    });

    test("in CommonJS gets the classes that the page requires", async () => {
      const [, program = ""] = /```js\n\/\/ app\.cjs.*\n([\s\S]*?)```/.exec(readFileSync(PAGE, "utf8")) ?? [];
      installed.write("page.cjs", `${program}console.log(Server.module, typeof BaseHTTPRequestHandler);`);
      assert.match(await installed.node("page.cjs"), /page\.cjs function\n$/);
    });

    test("of tests in CommonJS runs with Jest in its ordinary mode, threads included", async () => {
      installed.write("jest/app.test.js", JEST);
      installed.write("jest/package.json", "{}");
      assert.match(await installed.node(JEST_PROGRAM, "--rootDir", "jest", "--json"), /"numPassedTests":2,/);
    });

    test("of the tutorial is compiled by the command for older versions of Node, and runs on this one", async () => {
      const { blocks } = pageAt("docs/tutorial/first-server.md");
      const program = blocks.find(({ language }) => language === "ts")?.text ?? "";
      const [, args = ""] = /^npx tsc (.*) board\.ts$/m.exec(blocks.map(({ text }) => text).join("")) ?? [];
      const ported = program.replace('"localhost", 8000', '"127.0.0.1", 0');
      installed.write("src/board.ts", ported.replace("await httpd.serve_forever();", TRY));
      await installed.node(TSC, ...args.split(" "), "src/board.ts");
      assert.equal(await installed.node("src/board.js"), "No messages yet.\n\n");
    });

    test("that tsx runs has threads and processes", async () => {
      assert.equal(await installed.node(TSX, "src/app.ts"), EXPECTED);
    });
  });
}
