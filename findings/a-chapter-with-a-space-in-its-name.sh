#!/usr/bin/env bash
# epub 2.1.1 can't read a chapter whose reference in the manifest is escaped or leads to a neighbour of its folder.
#
# EPUB 3.3 §5.6.2: "href" of a manifest's item is a URL, relative to the package document; so a file "part 1.xhtml" is written
# "part%201.xhtml", and one of another folder "../text/one.xhtml". The library looks for an entry of the archive with exactly these characters. Contents, spine and metadata are read, so a catalogue of such books looks complete.
#
# Guess before the first run: the text of each chapter, as epub2 3.0.2 gives.
# Seen: the first chapter; "Entry not found" for the two others.
#
# Needs: Node 20 or newer with npm. Exits with 1 if the behaviour is another.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

npm install --silent --no-audit --no-fund --ignore-scripts epub@2.1.1 epub2@3.0.2 jszip@3.10.1 >/dev/null

cat > try.mjs <<'SCRIPT'
import { writeFileSync } from "node:fs";
import EPub from "epub";
import { EPub as Other } from "epub2";
import JSZip from "jszip";

const files = { "book/one.xhtml": "one.xhtml", "book/part 1.xhtml": "part%201.xhtml", "text/one.xhtml": "../text/one.xhtml" };
const item = (href, index) => `<item id="c${index}" href="${href}" media-type="application/xhtml+xml"/>`;
const references = Object.values(files);
const zip = new JSZip();
zip.file("mimetype", "application/epub+zip");
zip.file(
  "META-INF/container.xml",
  `<container version="1.0" xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>
<rootfile full-path="book/package.opf" media-type="application/oebps-package+xml"/></rootfiles></container>`,
);
zip.file(
  "book/package.opf",
  `<package xmlns="http://www.idpf.org/2007/opf" version="3.0" unique-identifier="id"><metadata xmlns:dc="http://purl.org/dc/elements/1.1/">
<dc:identifier id="id">urn:a</dc:identifier><dc:title>All</dc:title><dc:language>en</dc:language>
<meta property="dcterms:modified">2020-01-01T00:00:00Z</meta></metadata>
<manifest><item id="nav" properties="nav" href="nav.xhtml" media-type="application/xhtml+xml"/>${references.map(item).join("")}</manifest>
<spine>${references.map((_, index) => `<itemref idref="c${index}"/>`).join("")}</spine></package>`,
);
const page = (body) => `<html xmlns="http://www.w3.org/1999/xhtml" xmlns:epub="http://www.idpf.org/2007/ops"><head><title>All</title></head><body>${body}</body></html>`;
const list = references.map((href) => `<li><a href="${href}">${href}</a></li>`).join("");
zip.file("book/nav.xhtml", page(`<nav epub:type="toc"><ol>${list}</ol></nav>`));
for (const name of Object.keys(files)) zip.file(name, page("<p>hello</p>"));
writeFileSync("book.epub", await zip.generateAsync({ type: "nodebuffer", compression: "STORE" }));

const book = new EPub("book.epub");
await book.parse();
const other = await Other.createAsync("book.epub");
for (const [index, href] of references.entries()) {
  const found = (text) => (text.includes("hello") ? "hello" : "something else");
  console.log(`${href}, epub2: ${await other.getChapterRawAsync(`c${index}`).then(found)}`);
  console.log(`${href}, epub: ${await book.getChapterRaw(`c${index}`).then(found, (error) => error.message)}`);
}
SCRIPT
output=$(timeout 60 node try.mjs)
expected=$(cat <<'SEEN'
one.xhtml, epub2: hello
one.xhtml, epub: hello
part%201.xhtml, epub2: hello
part%201.xhtml, epub: Entry not found: book/part%201.xhtml
../text/one.xhtml, epub2: hello
../text/one.xhtml, epub: Entry not found: book/../text/one.xhtml
SEEN
)
echo "$output"
[ "$output" = "$expected" ] || { echo "The behaviour is another; it was:"; echo "$expected"; exit 1; }
