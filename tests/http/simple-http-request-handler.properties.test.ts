import assert from "node:assert/strict";
import * as fs from "node:fs";
import { join } from "node:path";
import test, { type TestContext } from "node:test";
import fc from "fast-check";
import { SimpleHTTPRequestHandler, ThreadingHTTPServer } from "pyserve";
import { anyText } from "../support/any-text.js";
import { serveFiles, temporaryDirectory, temporaryTree } from "../support/file-server.js";
import { listingRows } from "../support/listing-rows.js";
import { fieldOf, rawRequest } from "../support/raw-http.js";

const skip = process.platform !== "linux" && "names are not arbitrary bytes here";

/** File names as latin-1: any bytes except NUL and the slash. */
const anyName = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        "%",
        "%2e",
        "%2f",
        "..",
        "?",
        "#",
        "\\",
        ":",
        "&amp;",
        "<",
        '"',
        " ",
        "\n",
        "http:",
        "@",
      ),
      anyText({ maxLength: 3 }).map((text) => Buffer.from(text).toString("latin1")),
      fc.uint8Array({ maxLength: 3 }).map((bytes) => Buffer.from(bytes).toString("latin1")),
    ),
    { minLength: 1, maxLength: 6 },
  )
  .map((pieces) => pieces.join("").replace(/[\0/]/g, ""))
  .filter((name) => name !== "" && !name.startsWith(".")); // dot files are not listed

test("A listing's links lead to the served files, for any names", { skip }, async (t) => {
  const root = temporaryDirectory(t);
  class Handler extends SimpleHTTPRequestHandler {
    static override dotfiles = true;
  }
  const address = serveFiles(t, { directory: root }, Handler);
  let run = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.uniqueArray(anyName, { minLength: 1, maxLength: 8 }),
      anyName,
      async (names, folder) => {
        const below = `${run++}/${folder}`;
        const path = (name: string) => Buffer.from(`${root}/${below}/${name}`, "latin1");
        fs.mkdirSync(path(""), { recursive: true });
        for (const name of names) fs.writeFileSync(path(name), name, "latin1");

        const parent = `http://host/${run - 1}/`;
        const [link = ""] = await linksOf(new URL(parent));
        const page = new URL(link, parent);
        const contents = [];
        for (const href of await linksOf(page)) {
          const { pathname, search, hash, host } = new URL(href, page);
          assert.equal(search + hash + host, "host");
          contents.push((await rawRequest(address, { target: pathname })).body.toString("latin1"));
        }
        // Index pages are served and not listed; no generated name is one.
        assert.deepEqual(contents.sort(), names.sort());
      },
    ),
    { numRuns: 60 },
  );

  async function linksOf({ pathname }: URL): Promise<string[]> {
    const { body } = await rawRequest(address, { target: pathname });
    return listingRows(body.toString()).map(({ href }) => href);
  }
});

/** Targets that try to lead elsewhere, or to confuse. */
const anyTarget = fc
  .array(
    fc.oneof(
      { weight: 3, arbitrary: fc.constantFrom("/", "..", "%2e%2e", "%2f", ".", "inside", "folder", "root") },
      fc.constantFrom(
        "\\",
        "%5c",
        "%00",
        "%",
        "%25",
        "?",
        "#",
        "//",
        "secret",
        "%c0%ae",
        "%ff",
        "~",
        ";",
        ":",
      ),
      fc.string({ unit: "grapheme-ascii", maxLength: 4 }).map((text) => text.replace(/[\s\x7f]/g, "")),
    ),
    { maxLength: 12 },
  )
  .map((pieces) => `/${pieces.join("")}`);

function enclosed(t: TestContext): string {
  const content = {
    "root/inside": "inside",
    "root/folder/inside": "inside",
    "root/folder/folder/index.html": "inside",
    "root/..inside/inside": "inside",
    "root-secret/inside": "secret",
    secret: "secret",
    "folder/inside": "secret",
    inside: "secret",
  };
  return join(temporaryTree(t, content), "root");
}

test("No path leads out of the directory, and none causes a server error", async (t) => {
  const address = serveFiles(t, { directory: enclosed(t) });
  await fc.assert(
    fc.asyncProperty(anyTarget, async (target) => {
      const { status, body, fields } = await rawRequest(address, { target });
      assert.match(status, /^(200|301|400|404) /);
      const text = body.toString();
      if (status.startsWith("200")) {
        assert.ok(text === "inside" || text.includes("<title>Directory listing for "), text);
        assert.ok(!text.includes("secret</a>"));
      }
      const location = fieldOf({ status, body, fields }, "Location");
      if (location !== undefined) assert.equal(new URL(location, "http://host/").host, "host");
    }),
    { numRuns: 1000 },
  );
});

test("`translate_path` returns a path in the directory, for any argument", { skip }, (t) => {
  const root = enclosed(t);
  const server = new ThreadingHTTPServer(["127.0.0.1", 0], SimpleHTTPRequestHandler, {
    bind_and_activate: false,
  });
  t.after(() => server.server_close());
  const handler = new SimpleHTTPRequestHandler(undefined as never, ["127.0.0.1", 1], server, {
    directory: root,
  });
  fc.assert(
    fc.property(fc.oneof(anyTarget, anyText()), (target) => {
      const path = handler.translate_path(target);
      assert.ok(path === root || path.startsWith(`${root}/`), path);
      if (path.includes("\0") || !fs.existsSync(path)) return;
      const real = fs.realpathSync(path);
      assert.ok(real === root || real.startsWith(`${root}/`), real);
    }),
    { numRuns: 3000 },
  );
});
