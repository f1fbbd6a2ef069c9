import assert from "node:assert/strict";
import { join } from "node:path";
import test from "node:test";
import type { Found } from "#src/files/file-tree.js";
import { lookUp } from "#src/files/look-up.js";

const KINDS = { f: "file", d: "directory", x: "forbidden", "?": "unavailable" } as const;

/** A tree: the kind of each name, and the files that were closed. */
function tree(names: Readonly<Record<string, keyof typeof KINDS>>) {
  const closed: string[] = [];
  const find = (path: string): Found => {
    const kind = names[path.replace(/(?<=.)\/$/, "")];
    if (kind === undefined) return { kind: "missing" };
    if (kind === "?") return { kind: "unavailable", error: new Error("EIO") };
    if (kind === "x") return { kind: "forbidden", isFile: false };
    if (kind !== "f") return { kind: KINDS[kind] } as Found;
    const content = { close: () => closed.push(path), window: () => {} };
    return { kind: "file", facts: { size: 0 }, content } as unknown as Found;
  };
  return { find, closed };
}

const SITE = { "/w": "d", "/w/index.html": "f", "/w/a": "f", "/w/page.html": "f", "/w/list": "d" } as const;

/** path, names, clean URLs, result. The URL ends in a slash if the path does. */
const rows: readonly (readonly [string, Readonly<Record<string, keyof typeof KINDS>>, boolean, string])[] = [
  ["/w/a", SITE, false, "file /w/a"],
  ["/w/none", SITE, false, "missing"],
  ["/w", SITE, false, "redirect"],
  ["/w/", SITE, false, "file /w/index.html"],
  ["/w/list/", SITE, false, "directory /w/list/"],
  ["/w/none/", SITE, false, "missing"],
  ["/w/a/", SITE, false, "missing"],
  ["/w/page", SITE, false, "missing"],
  ["/w/page", SITE, true, "file /w/page.html"],
  ["/w/page/", SITE, true, "missing"],
  ["/w/page.html", SITE, true, "file /w/page.html"],
  ["/w/a", { ...SITE, "/w/a.html": "f" }, true, "file /w/a"],
  ["/w/list", { ...SITE, "/w/list.html": "f" }, true, "file /w/list.html"],
  ["/w/list", { ...SITE, "/w/list.html": "f" }, false, "redirect"],
  ["/w/list", { ...SITE, "/w/list.html": "d" }, true, "redirect"],
  ["/w/", { "/w": "d", "/w/index.htm": "f" }, false, "file /w/index.htm"],
  ["/w/", { "/w": "d", "/w/index.html": "d", "/w/index.htm": "f" }, false, "file /w/index.htm"],
  ["/w/", { "/w": "d", "/w/index.html": "?" }, false, "unavailable"],
  ["/w/x", { "/w/x": "x" }, false, "forbidden"],
  ["/w/x", { "/w/x": "x", "/w/x.html": "f" }, true, "file /w/x.html"],
  ["/w/x/", { "/w/x": "x" }, false, "forbidden"],
  ["/w/x", { "/w/x": "?" }, false, "unavailable"],
];
for (const [path, names, hasCleanUrls, expected] of rows) {
  const where = JSON.stringify(Object.keys(names).map((name) => names[name] + name));
  test(`\`lookUp\` finds ${expected} by ${path} in ${where}${hasCleanUrls ? " with clean URLs" : ""}`, async () => {
    const indexPages = ["index.html", "index.htm"];
    const { find } = tree(names);
    const found = await lookUp(path, {
      asksForDirectory: path.endsWith("/"),
      indexPages,
      hasCleanUrl: () => hasCleanUrls,
      find,
    });
    assert.equal("path" in found ? `${found.kind} ${found.path}` : found.kind, expected);
  });
}

test("`lookUp` closes a file whose name is followed by a slash", async () => {
  const { find, closed } = tree({ [join("/w", "a")]: "f" });
  const site = { asksForDirectory: true, indexPages: [], hasCleanUrl: () => false, find };
  assert.deepEqual(await lookUp("/w/a/", site), { kind: "missing" });
  assert.deepEqual(closed, ["/w/a/"]);
});

test("`lookUp` also looks into a directory of an overridden path without a final slash", async () => {
  const { find } = tree(SITE);
  const site = { asksForDirectory: true, indexPages: ["index.html"], hasCleanUrl: () => false, find };
  const found = await lookUp("/w", site);
  assert.equal("path" in found && found.path, "/w/index.html");
});
