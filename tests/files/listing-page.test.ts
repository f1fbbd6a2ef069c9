import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import test from "node:test";
import fc from "fast-check";
import { fsDecode } from "#src/files/fs-name.js";
import type { ListingEntry } from "#src/files/listing.js";
import { policyOfPage } from "#src/files/listing-look.js";
import { nameFilter, parseListingQuery } from "#src/files/listing-order.js";
import { listingJson, listingPage } from "#src/files/listing-page.js";
import { placeOf } from "#src/files/listing-place.js";
import { decodePath } from "#src/files/url-path.js";
import { anyText } from "../support/any-text.js";
import { formText } from "../support/listing-form.js";
import { type ListingRow, listingRows, parentLink } from "../support/listing-rows.js";

const MTIME = 1_000_000_000_750;

function entry(name: string, others: Partial<ListingEntry> = {}): ListingEntry {
  return { name, kind: "file", isSymbolicLink: false, size: 1, mtime: MTIME, ...others };
}

const directory = { kind: "directory", size: null } as const;

function pageOf(path: string, entries: readonly ListingEntry[] = [], suffix = ""): string {
  const query = parseListingQuery(suffix);
  return formText(listingPage(placeOf(path), query), entries, nameFilter(query.filter));
}

/** The one row that shows a file. */
function shown(name: string): ListingRow {
  const rows = listingRows(pageOf("/", [entry(name)]));
  assert.equal(rows.length, 1);
  return rows[0] as ListingRow;
}

const textOf = (html: string) => html.replace(/<[^>]*>/g, "");
const headingOf = (page: string) => textOf(/<h1>(.*?)<\/h1>/s.exec(page)?.[1] ?? "");
const statusOf = (page: string) => /<span id="count" role="status">([^<]*)</.exec(page)?.[1];

test("`listingPage` has a row for each entry", () => {
  const page = pageOf("/", [
    entry("folder", directory),
    entry("link", { isSymbolicLink: true, size: 2048 }),
    entry("link to folder", { ...directory, isSymbolicLink: true }),
    entry("to nowhere", { kind: "link", isSymbolicLink: true, size: null, mtime: null }),
    entry("fifo", { kind: "other", size: null }),
    entry("page.html"),
  ]);
  const time = "2001-09-09 01:46 ";
  assert.deepEqual(listingRows(page), [
    { href: "folder/", text: "folder/", kind: "d", size: "-", time },
    { href: "link", text: "link@", kind: "f", size: "2.0 KiB", time },
    { href: "link%20to%20folder/", text: "link to folder@", kind: "d", size: "-", time },
    { href: "to%20nowhere", text: "to nowhere@", kind: "l", size: "broken", time: undefined },
    { href: "fifo", text: "fifo", kind: "o", size: "special", time },
    { href: "page.html", text: "page.html", kind: "f", size: "1 B", time },
  ]);
  assert.match(page, /<td title="2,048 bytes">2\.0 KiB<\/td>/);
});

test("`listingPage` has the given title", () => {
  const page = formText(listingPage(placeOf("/a/"), parseListingQuery(""), "Index of <"), []);
  assert.match(page, /<title>Index of &lt; \/a\/<\/title>/);
  assert.equal(headingOf(page), "Index of &lt; /a/");
});

test("`listingPage` has Python's title and heading", () => {
  const page = pageOf("/a%20b/c/");
  assert.match(page, /<title>Directory listing for \/a b\/c\/<\/title>/);
  assert.equal(headingOf(page), "Directory listing for /a b/c/");
});

test("`listingPage` links every directory above it, and the parent", () => {
  const page = pageOf("/a%20b/c/");
  const links = [...page.matchAll(/<a href="([^"]*)"/g)].map(([, href]) => href);
  assert.deepEqual(links, ["/", "/a%20b/", "../"]);
  assert.equal(parentLink(page), "../");
  assert.equal(parentLink(pageOf("/")), undefined);
});

// One row for each rule of a program that reads listings; see docs/decisions/0021-a-listing-that-programs-read.md.
const PROGRAMS = pageOf("/a b/", [
  entry("x&y#?%:'.txt", { size: 2000 }),
  entry("sub", directory),
  entry("link", { isSymbolicLink: true }),
]);
const programs: readonly (readonly [program: string, rule: string, form: RegExp, isThere: boolean])[] = [
  ["Kodi 20.1", "the text of a link is the name alone", /<a href="sub\/" dir="auto">sub<\/a>\//, true],
  ["Kodi 20.1", "a mark stands behind the link", /<a href="link" dir="auto">link<\/a>@<\/th>/, true],
  ["Kodi 20.1", "a cell has the time as Apache's", /<td align="right">2001-09-09 01:46 <\/td>/, true],
  ["Kodi 20.1", "a cell ends in the size and its unit", />2\.0 KiB<\/td>/, true],
  ["wget2 1.99.1", "no link has an entity", /<a [^>]*href="[^"]*&/, false],
  ["wget2 1.99.1", "what has a meaning in links is escaped", /href="x%26y%23%3F%25%3A%27\.txt"/, true],
  ["fsspec 2026.9.0", "no link leads up by two steps", /href=["'][^"']*\.\.\/\.\./, false],
  ["fsspec 2026.9.0", "no link has a query", /<a [^>]*href=["'][^"']*\?/, false],
  ["wget 1.21", "no form has an address", /<form[^>]* action/, false],
  ["lftp 4.9.2", "a directory has `-` for a size", /<a href="sub\/"[^\n]*<td>-<\/td>/, true],
  ["lynx 2.9", "nothing is there to be hidden", / hidden[ >]|<template/, false],
  ["w3m 0.5.3", "no name is centred", /<th (?![^>]*align="left")/, false],
];
for (const [program, rule, form, isThere] of programs) {
  test(`\`listingPage\` is right for ${program}: ${rule}`, () => {
    (isThere ? assert.match : assert.doesNotMatch)(PROGRAMS, form);
  });
}

test("`listingPage` is right for GDAL 3.6: with `listing_title` the title is `Index of` and the path, to its slash", () => {
  for (const path of ["/", "/data/", "/data/2026/"])
    assert.ok(
      formText(listingPage(placeOf(path), parseListingQuery(""), "Index of"), []).includes(
        `<title>Index of ${path}</title>`,
      ),
      path,
    );
});

test("`listingPage` reports an empty directory", () => {
  const none = '<p class="none">Nothing to show</p>';
  assert.ok(pageOf("/").includes(none));
  assert.ok(!pageOf("/", [entry("a")]).includes(none));
  assert.ok(pageOf("/", [entry("a")], "?filter=b").includes(none));
});

test("`listingPage` shows the totals", () => {
  assert.equal(statusOf(pageOf("/")), "0 files");
  assert.equal(statusOf(pageOf("/", [entry("a", directory)])), "1 directory");
  assert.equal(
    statusOf(pageOf("/", [entry("a", directory), entry("b", directory), entry("c")])),
    "2 directories, 1 file, 1 B",
  );
  assert.equal(statusOf(pageOf("/", [entry("a"), entry("b")], "?filter=A")), "1 of 2 files, 2 B");
});

test("`listingPage` leaves out filtered entries", () => {
  const page = pageOf("/", [entry("one"), entry("two")], "?filter=tw&sort=size");
  assert.deepEqual(
    listingRows(page).map(({ text }) => text),
    ["two"],
  );
  assert.match(page, /<input id="filter"[^>]* value="tw"/);
  assert.match(page, /<main><form><input type="hidden" name="filter" value="tw">/);
  assert.match(page, /<input type="hidden" name="sort" value="size-desc">/);
});

const sortings: readonly (readonly [suffix: string, head: string])[] = [
  ["", "ascending name-desc, - size-desc, - time-desc"],
  ["?sort=size", "- name-asc, descending size-asc, - time-desc"],
  ["?sort=time&order=asc", "- name-asc, - size-desc, ascending time-desc"],
];
for (const [suffix, head] of sortings) {
  test(`\`listingPage\` says how it is sorted by ${JSON.stringify(suffix)}, and has buttons for other orders`, () => {
    const columns = pageOf("/", [], suffix).matchAll(
      /<th scope="col" align="left"(?: aria-sort="(\w+)")?><button name="sort" value="([^"]*)">/g,
    );
    assert.equal([...columns].map(([, sort = "-", value]) => `${sort} ${value}`).join(", "), head);
  });
}

test("`listingPage` escapes markup in title, heading, names and filter", () => {
  const page = pageOf("/%3Cscript%3E%22'&amp;/", [entry("<b>&\"'")], "?filter=%22%3E%3Cimg%3E");
  assert.match(page, /<title>Directory listing for \/&lt;script&gt;&quot;&#x27;&amp;amp;\/</);
  assert.match(page, /<span aria-current="page" dir="auto">&lt;script&gt;&quot;&#x27;&amp;amp;</);
  assert.match(page, /value="&quot;&gt;&lt;img&gt;"/);
  assert.doesNotMatch(page, /<img|<b>/);
  assert.equal(shown("<b>&\"'").text, "&lt;b&gt;&amp;&quot;&#x27;");
});

test("`listingPage` shows unprintable characters as U+FFFD", () => {
  assert.equal(shown("a\n\0\x1b\x7f\x9b\udcff\ud800😀").text, `a${"\ufffd".repeat(7)}😀`);
  assert.equal(headingOf(pageOf("/%FF%0A/")), "Directory listing for /\ufffd\ufffd/");
});

test("`listingPage` gives an invisible name a label for screen readers", () => {
  for (const name of [" ", "\u3000", "\u200b", "\u2066 \u2069"])
    assert.match(pageOf("/", [entry(name)]), /<a href="[^"]*" dir="auto" aria-label="blank name">/);
  assert.doesNotMatch(pageOf("/", [entry(" a")]), /blank name/);
});

test("`listingPage` has the style and the script that its policy allows, and no other", () => {
  const page = pageOf("/", [entry("a")]);
  for (const tag of ["style", "script"]) {
    const found = [...page.matchAll(new RegExp(`<${tag}[^>]*>(.*?)</${tag}>`, "gs"))].map(
      ([, text = ""]) => text,
    );
    assert.equal(found.length, 1);
    const hash = createHash("sha256")
      .update(found[0] ?? "")
      .digest("base64");
    assert.ok(policyOfPage().includes(`${tag}-src 'sha256-${hash}'`));
  }
  assert.match(policyOfPage(), /^default-src 'none';.* base-uri 'none'; frame-ancestors 'none'$/);
  assert.doesNotMatch(page, / style=| on[a-z]+=|https?:(?!\/\/www\.w3\.org\/2000\/svg)/);
});

/**
 * Names as latin-1: characters that begin tags, attributes, entities, escapes, schemes and directions, and any bytes.
 */
const anyName = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        ..."<a |</a>|</bdi>|<!--|-->|<script>|</script>|\"|'|>|&|&lt;|&#60;|\\|:|?|#|%|%2e|..|http:|\t|\n| |@".split(
          "|",
        ),
      ),
      fc.constantFrom("\u202e", "\ufeff", "\u2028").map((text) => Buffer.from(text).toString("latin1")),
      anyText({ maxLength: 3 }).map((text) => Buffer.from(text).toString("latin1")),
      fc.uint8Array({ maxLength: 3 }).map((bytes) => Buffer.from(bytes).toString("latin1")),
    ),
    { minLength: 1, maxLength: 8 },
  )
  .map((pieces) => fsDecode(Buffer.from(pieces.join("").replace(/[\0/]/g, ""), "latin1")))
  .filter((name) => name !== "" && name !== "." && name !== "..");

const tagsOf = (html: string) => [...html.matchAll(/<[/!]?[a-z-]*/gi)].map(([tag]) => tag).join("");

test("`listingPage` has the same elements for any name, and a link that leads to it", () => {
  const usual = tagsOf(pageOf("/dir/", [entry("usual")]));
  fc.assert(
    fc.property(anyName, (name) => {
      const page = pageOf("/dir/", [entry(name)]);
      assert.equal(tagsOf(page), usual);
      const [row] = listingRows(page);
      const url = new URL(row?.href ?? "", "http://h/dir/");
      assert.equal(url.origin, "http://h");
      assert.equal(url.search + url.hash, "");
      assert.equal(decodePath(url.pathname), `/dir/${name}`);
      assert.ok(Buffer.from(page).toString() === page);
    }),
    { numRuns: 1000 },
  );
});

const file: ListingEntry = {
  name: "a",
  kind: "file",
  isSymbolicLink: false,
  size: 3,
  mtime: 1_000_000_000_750.5,
};

function json(path: string, entries: readonly ListingEntry[], filter = ""): unknown {
  return JSON.parse(formText(listingJson(placeOf(path)), entries, nameFilter(filter)));
}

test("`listingJson` contains all facts", () => {
  const listing = json("/a%20b/", [
    { name: "folder", kind: "directory", isSymbolicLink: false, size: null, mtime: 0 },
    { name: "to folder", kind: "directory", isSymbolicLink: true, size: null, mtime: 0 },
    file,
    { name: "to nowhere", kind: "link", isSymbolicLink: true, size: null, mtime: null },
    { name: "fifo", kind: "other", isSymbolicLink: false, size: null, mtime: null },
  ]);
  const epoch = "1970-01-01T00:00:00.000Z";
  assert.deepEqual(listing, {
    path: "/a b/",
    entries: [
      { name: "folder", href: "folder/", type: "directory", symlink: false, size: null, mtime: epoch },
      { name: "to folder", href: "to%20folder/", type: "directory", symlink: true, size: null, mtime: epoch },
      { name: "a", href: "a", type: "file", symlink: false, size: 3, mtime: "2001-09-09T01:46:40.750Z" },
      { name: "to nowhere", href: "to%20nowhere", type: "link", symlink: true, size: null, mtime: null },
      { name: "fifo", href: "fifo", type: "other", symlink: false, size: null, mtime: null },
    ],
  });
});

test("`listingJson` has an empty list for an empty directory", () => {
  assert.deepEqual(json("/", []), { path: "/", entries: [] });
});

test("`listingJson` has names that are not UTF-8 as U+FFFD, and links that lead to them", () => {
  const { path, entries } = json("/%FF/", [{ ...file, name: '\udcfe\n"' }]) as {
    path: string;
    entries: { name: string; href: string }[];
  };
  assert.equal(path, "/\ufffd/");
  assert.equal(entries[0]?.name, '\ufffd\n"');
  assert.equal(entries[0]?.href, "%FE%0A%22");
});

test("`listingJson` leaves out filtered entries", () => {
  const { entries } = json("/", [file, { ...file, name: "b" }, { ...file, name: "Ab" }], "A") as {
    entries: { name: string }[];
  };
  assert.deepEqual(
    entries.map(({ name }) => name),
    ["a", "Ab"],
  );
});
