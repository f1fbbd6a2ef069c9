import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import test from "node:test";
import fc from "fast-check";
import { fsDecode } from "#src/files/fs-name.js";
import type { ListingEntry } from "#src/files/listing.js";
import { CONTENT_SECURITY_POLICY } from "#src/files/listing-look.js";
import { parseListingQuery } from "#src/files/listing-order.js";
import { listingPage } from "#src/files/listing-page.js";
import { placeOf } from "#src/files/listing-place.js";
import { decodePath } from "#src/files/url-path.js";
import { type ListingRow, listingRows, parentLink } from "../support/listing-rows.js";
import { prepared } from "../support/listing-table.js";

const MTIME = 1_000_000_000_750;

function entry(name: string, others: Partial<ListingEntry> = {}): ListingEntry {
  return { name, kind: "file", isSymbolicLink: false, size: 1, mtime: MTIME, ...others };
}

const directory = { kind: "directory", size: null } as const;

function pageOf(path: string, entries: readonly ListingEntry[] = [], suffix = ""): string {
  return [...listingPage(placeOf(path), prepared(entries), parseListingQuery(suffix))].join("");
}

/** The one row that shows a file. */
function shown(name: string): ListingRow {
  const rows = listingRows(pageOf("/", [entry(name)]));
  assert.equal(rows.length, 1);
  return rows[0] as ListingRow;
}

const textOf = (html: string) => html.replace(/<[^>]*>/g, "");
const headingOf = (page: string) => textOf(/<h1>(.*?)<\/h1>/s.exec(page)?.[1] ?? "");
const statusOf = (page: string) => /<p id="count" role="status"[^>]*>([^<]*)</.exec(page)?.[1];

test("`listingPage` has a row for each entry", () => {
  const page = pageOf("/", [
    entry("folder", directory),
    entry("link", { isSymbolicLink: true, size: 2048 }),
    entry("link to folder", { ...directory, isSymbolicLink: true }),
    entry("to nowhere", { kind: "link", isSymbolicLink: true, size: null, mtime: null }),
    entry("fifo", { kind: "other", size: null }),
    entry("page.html"),
  ]);
  const time = "2001-09-09T01:46:40Z";
  const isHidden = false;
  assert.deepEqual(listingRows(page), [
    { href: "folder/", text: "folder/", kind: "d", isHidden, size: "", time },
    { href: "link", text: "link@", kind: "f", isHidden, size: "2.0 KiB", time },
    { href: "link%20to%20folder/", text: "link to folder@", kind: "d", isHidden, size: "", time },
    { href: "to%20nowhere", text: "to nowhere@", kind: "l", isHidden, size: "broken", time: undefined },
    { href: "fifo", text: "fifo", kind: "o", isHidden, size: "special", time },
    { href: "page.html", text: "page.html", kind: "f", isHidden, size: "1 B", time },
  ]);
  assert.match(page, /<td title="2,048 bytes">2\.0 KiB<\/td>/);
});

test("`listingPage` has Python's title and heading", () => {
  const page = pageOf("/a%20b/c/");
  assert.match(page, /<title>Directory listing for \/a b\/c\/<\/title>/);
  assert.equal(headingOf(page), "Directory listing for /a b/c/");
});

test("`listingPage` begins before the entries are there, and goes on when they are", () => {
  const page = listingPage(
    placeOf("/a/"),
    prepared([entry("name")], ["\n", undefined, "\n"]),
    parseListingQuery(""),
  );
  const pieces = [...page];
  assert.match(String(pieces[0]), /<title>Directory listing for \/a\/<\/title>/);
  assert.deepEqual(pieces.slice(1, 4), ["\n", undefined, "\n"]);
  assert.equal(listingRows(pieces.join("")).length, 1);
});

test("`listingPage` links every directory above it, and the parent", () => {
  const page = pageOf("/a%20b/c/");
  const links = [...page.matchAll(/<a href="([^"]*)"/g)].map(([, href]) => href).slice(0, 2);
  assert.deepEqual(links, ["../../", "../../a%20b/"]);
  assert.equal(parentLink(page), "../../a%20b/");
  assert.equal(parentLink(pageOf("/")), undefined);
});

test("`listingPage` says when there is nothing", () => {
  const none = /<tr class="n"( hidden)?>/;
  assert.equal(none.exec(pageOf("/"))?.[1], undefined);
  assert.equal(none.exec(pageOf("/", [entry("a")]))?.[1], " hidden");
  assert.equal(none.exec(pageOf("/", [entry("a")], "?filter=b"))?.[1], undefined);
});

test("`listingPage` says how much there is", () => {
  assert.equal(statusOf(pageOf("/")), "0 files");
  assert.equal(statusOf(pageOf("/", [entry("a", directory)])), "1 directory");
  assert.equal(
    statusOf(pageOf("/", [entry("a", directory), entry("b", directory), entry("c")])),
    "2 directories, 1 file, 1 B",
  );
  assert.equal(statusOf(pageOf("/", [entry("a"), entry("b")], "?filter=A")), "1 of 2 files, 2 B");
});

test("`listingPage` hides what the filter leaves out, and keeps it for the page's script", () => {
  const page = pageOf("/", [entry("one"), entry("two")], "?filter=tw");
  assert.deepEqual(
    listingRows(page).map(({ text, isHidden }) => [text, isHidden]),
    [
      ["one", true],
      ["two", false],
    ],
  );
  assert.match(page, /<input id="filter"[^>]* value="tw"/);
});

const sortings: readonly (readonly [suffix: string, head: string])[] = [
  ["", "ascending ?sort=name&order=desc, - ?sort=size&order=desc, - ?sort=time&order=desc"],
  ["?sort=size", "- ?sort=name&order=asc, descending ?sort=size&order=asc, - ?sort=time&order=desc"],
  [
    "?sort=time&order=asc&filter=%22%26",
    "- ?sort=name&order=asc&filter=%22%26, - ?sort=size&order=desc&filter=%22%26, ascending ?sort=time&order=desc&filter=%22%26",
  ],
];
for (const [suffix, head] of sortings) {
  test(`\`listingPage\` says how it is sorted by ${JSON.stringify(suffix)}, and links to other orders`, () => {
    const columns = pageOf("/", [], suffix).matchAll(
      /<th scope="col"(?: aria-sort="(\w+)")?><a href="([^"]*)">/g,
    );
    const found = [...columns].map(([, sort = "-", href = ""]) => `${sort} ${href.replaceAll("&amp;", "&")}`);
    assert.equal(found.join(", "), head);
  });
}

test("`listingPage` escapes markup in title, heading, names and filter", () => {
  const page = pageOf("/%3Cscript%3E%22'&amp;/", [entry("<b>&\"'")], "?filter=%22%3E%3Cimg%3E");
  assert.match(page, /<title>Directory listing for \/&lt;script&gt;&quot;&#x27;&amp;amp;\/</);
  assert.match(page, /<bdi>&lt;script&gt;&quot;&#x27;&amp;amp;<\/bdi>/);
  assert.match(page, /value="&quot;&gt;&lt;img&gt;"/);
  assert.doesNotMatch(page, /<img|<b>/);
  assert.equal(shown("<b>&\"'").text, "&lt;b&gt;&amp;&quot;&#x27;");
});

test("`listingPage` shows what can't be shown as U+FFFD", () => {
  assert.equal(shown("a\n\0\x1b\x7f\x9b\udcff\ud800😀").text, `a${"\ufffd".repeat(7)}😀`);
  assert.equal(headingOf(pageOf("/%FF%0A/")), "Directory listing for /\ufffd\ufffd/");
});

test("`listingPage` gives a name that can't be seen another to be heard", () => {
  for (const name of [" ", "\u3000", "\u200b", "\u2066 \u2069"])
    assert.match(pageOf("/", [entry(name)]), /<a href="[^"]*" aria-label="blank name"><bdi>/);
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
    assert.ok(CONTENT_SECURITY_POLICY.includes(`${tag}-src 'sha256-${hash}'`));
  }
  assert.match(CONTENT_SECURITY_POLICY, /^default-src 'none';.* base-uri 'none'; frame-ancestors 'none'$/);
  assert.doesNotMatch(page, / style=| on[a-z]+=|https?:(?!\/\/www\.w3\.org\/2000\/svg)/);
});

/** Names as latin-1: what begins tags, attributes, entities, escapes, schemes and directions, and any bytes. */
const anyName = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        ..."<a |</a>|</bdi>|<!--|-->|<script>|</script>|\"|'|>|&|&lt;|&#60;|\\|:|?|#|%|%2e|..|http:|\t|\n| |@".split(
          "|",
        ),
      ),
      fc.constantFrom("\u202e", "\ufeff", "\u2028").map((text) => Buffer.from(text).toString("latin1")),
      fc.string({ unit: "binary", maxLength: 3 }).map((text) => Buffer.from(text).toString("latin1")),
      fc.uint8Array({ maxLength: 3 }).map((bytes) => Buffer.from(bytes).toString("latin1")),
    ),
    { minLength: 1, maxLength: 8 },
  )
  .map((pieces) => fsDecode(Buffer.from(pieces.join("").replace(/[\0/]/g, ""), "latin1")))
  .filter((name) => name !== "" && name !== "." && name !== "..");

const tagsOf = (html: string) => [...html.matchAll(/<[/!]?[a-z-]*/gi)].map(([tag]) => tag).join("");

test("`listingPage` has the same elements, whatever the name, and a link that leads back to it", () => {
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
