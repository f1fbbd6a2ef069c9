import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import { fsDecode } from "#src/files/fs-name.js";
import { listingPage } from "#src/files/listing-page.js";
import { decodePath } from "#src/files/url-path.js";

const file = (name: string) => ({ name, isDirectory: false, isSymbolicLink: false });

/** The one line that shows a file, cut into link and text. */
function shown(name: string): { href: string; text: string } {
  const page = listingPage("/", [file(name)]);
  const match = /\n<ul>\n<li><a href="([^"]*)">([^<>]*)<\/a><\/li>\n<\/ul>\n/.exec(page);
  assert.ok(match, page);
  return { href: match[1] ?? "", text: match[2] ?? "" };
}

test("`listingPage` is Python's page", () => {
  const page = listingPage("/a b/", [
    { name: "folder", isDirectory: true, isSymbolicLink: false },
    { name: "link", isDirectory: false, isSymbolicLink: true },
    { name: "link to folder", isDirectory: true, isSymbolicLink: true },
    { name: "page.html", isDirectory: false, isSymbolicLink: false },
  ]);
  assert.equal(
    page,
    `<!DOCTYPE HTML>
<html lang="en">
<head>
<meta charset="utf-8">
<style type="text/css">
:root {
color-scheme: light dark;
}
</style>
<title>Directory listing for /a b/</title>
</head>
<body>
<h1>Directory listing for /a b/</h1>
<hr>
<ul>
<li><a href="folder/">folder/</a></li>
<li><a href="link">link@</a></li>
<li><a href="link%20to%20folder/">link to folder@</a></li>
<li><a href="page.html">page.html</a></li>
</ul>
<hr>
</body>
</html>
`,
  );
});

test("`listingPage` has a page for an empty directory", () => {
  assert.match(listingPage("/", []), /<ul>\n<\/ul>/);
});

test("`listingPage` escapes markup in title, heading and names", () => {
  const page = listingPage("/<script>\"'&amp;", [file("<b>&\"'")]);
  assert.equal(page.match(/Directory listing for \/&lt;script&gt;&quot;&#x27;&amp;amp;</g)?.length, 2);
  assert.equal(shown("<b>&\"'").text, "&lt;b&gt;&amp;&quot;&#x27;");
});

test("`listingPage` shows what can't be shown as U+FFFD", () => {
  assert.equal(shown("a\n\0\x1b\x7f\x9b\udcff\ud800😀").text, `a${"\ufffd".repeat(7)}😀`);
  assert.match(listingPage("/\udcff\n", []), /for \/\ufffd\ufffd</);
});

const links: [name: string, href: string][] = [
  ["javascript:alert(1)", "javascript%3Aalert%281%29"],
  ["//evil", ".///evil"],
  ["/evil", ".//evil"],
  ["\\\\evil", "%5C%5Cevil"],
  ["a:b", "a%3Ab"],
  ["?x", "%3Fx"],
  ["#x", "%23x"],
  ["%41", "%2541"],
  ["%2e%2e", "%252e%252e"],
  ["...", "..."],
  [" a\tb\n", "%20a%09b%0A"],
  ['"><img src=x>', "%22%3E%3Cimg%20src%3Dx%3E"],
  ["\udcff", "%FF"],
  ["é", "%C3%A9"],
];
for (const [name, href] of links) {
  test(`\`listingPage\` links ${JSON.stringify(name)} safely`, () => {
    assert.equal(shown(name).href, href);
    const url = new URL(href, "http://h/dir/");
    assert.equal(url.host, "h");
    assert.equal(decodePath(url.pathname), `/dir/${name}`);
  });
}

test("`listingPage` has links that lead back to the file, whatever its name", () => {
  const anyBytes = fc
    .array(
      fc.oneof(
        fc
          .constantFrom("\\", ":", "?", "#", "%", "%2e", "..", "http:", "\t", "\n", " ", "@", "\ufeff")
          .map((text) => Buffer.from(text)),
        fc.uint8Array({ maxLength: 3 }).map((bytes) => Buffer.from(bytes)),
        fc.string({ unit: "binary", maxLength: 3 }).map((text) => Buffer.from(text)),
      ),
    )
    .map((pieces) => Buffer.concat(pieces).filter((byte) => byte !== 0 && byte !== 0x2f)); // what no name has
  const anyName = anyBytes.map((bytes) => fsDecode(Buffer.from(bytes)));
  fc.assert(
    fc.property(anyName, (name) => {
      fc.pre(name !== "" && name !== "." && name !== "..");
      const url = new URL(shown(name).href, "http://h/dir/");
      assert.equal(url.origin, "http://h");
      assert.equal(url.search + url.hash, "");
      assert.equal(decodePath(url.pathname), `/dir/${name}`);
    }),
    { numRuns: 1000 },
  );
});
