import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, sep } from "node:path";
import { describe, test } from "node:test";
import type { InstalledPackage } from "./installed-package.js";

const ENTRIES = ["pyserve", "pyserve/socketserver", "pyserve/http/server", "pyserve/testing"];

/**
 * A program in which a server of one copy of the package serves a handler of the other, and a setting of one
 * copy is changed.
 */
const TWO_COPIES = `
  import * as one from "./one/node_modules/pyserve/dist/index.js";
  import * as two from "./two/node_modules/pyserve/dist/index.js";

  one.TCPServer.request_queue_size = 1;
  one.BaseHTTPRequestHandler.server_version = "One/1";

  class Hello extends two.BaseHTTPRequestHandler {
    do_GET() {
      this.send_response(200);
      this.end_headers();
      this.wfile.write(this.version_string());
    }
    log_message() {}
  }
  const server = new one.ThreadingHTTPServer(["127.0.0.1", 0], Hello);
  server.serve_forever();
  const response = await fetch("http://127.0.0.1:" + server.server_port);
  const printed = [];
  console.error = (line) => printed.push(line);
  server.handle_error(undefined, undefined, new two.DisconnectedError("gone"));
  console.log(JSON.stringify({
    areTwo: one.TCPServer !== two.TCPServer,
    queue: two.TCPServer.request_queue_size,
    version: (await response.text()).split("/")[0],
    printed,
  }));
  await server.server_close();
`;

/** Tests of the package's files, and of its entries. */
export function describeTarball(installed: InstalledPackage): void {
  describe("the package, installed in an empty folder,", () => {
    test("brings mime-types and its data, and nothing else", () => {
      const names = readdirSync(join(installed.folder, "node_modules")).filter(
        (name) => !name.startsWith("."),
      );
      assert.deepEqual(names.sort(), ["mime-db", "mime-types", "pyserve"]);
    });

    test("has what it is made of, and no tests", () => {
      const folder = join(installed.folder, "node_modules", "pyserve");
      const files = ["CHANGELOG.md", "LICENSE", "README.md", "dist", "docs", "package.json", "src"];
      assert.deepEqual(readdirSync(folder).sort(), files);
      // The manual page, the schema of config files, and the page of both.
      const reference = readdirSync(join(folder, "docs", "reference"));
      assert.ok(
        reference.includes("pyserve.1") && reference.includes("config.schema.json"),
        String(reference),
      );
      // Files that errors and the README link to.
      assert.ok(existsSync(join(folder, "docs", "errors.md")));
    });

    test("has all declarations that its declarations import, and none of the command", () => {
      const dist = join(installed.folder, "node_modules", "pyserve", "dist");
      const all = readdirSync(dist, { recursive: true, encoding: "utf8" }).filter((name) =>
        name.endsWith(".d.ts"),
      );
      assert.ok(all.includes("index.d.ts") && all.includes(join("cjs", "index.d.ts")));
      const missing = all.flatMap((file) => {
        const text = readFileSync(join(dist, file), "utf8");
        return [...text.matchAll(/"(\.\.?\/.+?)\.js"/g)]
          .map(([, name]) => join(file, "..", `${name}.d.ts`))
          .filter((wanted) => !all.includes(wanted));
      });
      assert.deepEqual(missing, []);
      assert.deepEqual(
        all.filter((name) => name.includes(`cli${sep}`)),
        [],
      );
    });

    test("has pages whose links lead to what it has", () => {
      const folder = join(installed.folder, "node_modules", "pyserve");
      const pages = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) =>
        name.endsWith(".md"),
      );
      assert.ok(pages.includes("README.md") && pages.includes(join("docs", "differences.md")));
      const dead = pages.flatMap((page) => {
        const text = readFileSync(join(folder, page), "utf8").replace(/^```[\s\S]*?^```$/gm, "");
        const targets = [...text.matchAll(/\]\(([^)#\s]+)[^)]*\)/g)].map(([, target = ""]) => target);
        return targets
          .filter((target) => !/^[a-z]+:/.test(target) && !existsSync(join(folder, page, "..", target)))
          .map((target) => `${page}: ${target}`);
      });
      assert.deepEqual(dead, []);
    });

    test("has a source for each of its source maps", () => {
      const dist = join(installed.folder, "node_modules", "pyserve", "dist");
      const maps = readdirSync(dist, { recursive: true, encoding: "utf8" }).filter((name) =>
        name.endsWith(".map"),
      );
      assert.ok(maps.length > 0);
      const missing = maps.flatMap((name) => {
        const { sources } = JSON.parse(readFileSync(join(dist, name), "utf8")) as { sources: string[] };
        return sources.map((source) => join(dist, name, "..", source)).filter((path) => !existsSync(path));
      });
      assert.deepEqual(missing, []);
    });

    test("has the command", async () => {
      assert.match(await installed.npx("pyserve", "--version"), /^pyserve \d+\.\d+\.\d+\n$/);
    });

    for (const entry of ENTRIES) {
      test(`gives the same by import and by require: ${entry}`, async () => {
        const program = `
        const required = require("${entry}");
        import("${entry}").then((imported) => {
          const names = Object.keys(imported);
          console.log(names.length > 0 && names.every((name) => required[name] === imported[name]));
        });
      `;
        assert.equal(await installed.node("--no-warnings", "-e", program), "true\n");
      });
    }

    test("hides what is not public", async () => {
      const program = `import("pyserve/dist/index.js").catch(({ code }) => console.log(code));`;
      assert.equal(await installed.node("-e", program), "ERR_PACKAGE_PATH_NOT_EXPORTED\n");
    });

    test("can be there twice in one process, and neither copy changes the other", async () => {
      for (const name of ["one", "two"]) installed.copyTo(name);
      installed.write("two-copies.mjs", TWO_COPIES);
      assert.deepEqual(JSON.parse(await installed.node("two-copies.mjs")), {
        areTwo: true,
        queue: 4096,
        version: "BaseHTTP",
        // A client that disconnects is not an error in the program, for either copy.
        printed: [],
      });
    });
  });
}
