#!/usr/bin/env bash
# sitemap-stream-parser 1.7.0 and get-sitemap-links 1.1.0 find no page in a sitemap whose elements have a prefix; feedme 2.0.2 refuses such a
# feed.
#
# Namespaces in XML 1.0 §2 and §4: an element is named by its namespace and its local part, and the prefix is only a way to write the
# former; <s:loc> and <loc> are the same. Libraries for XML write one if a document has more than one namespace. The two readers of
# sitemaps end as for an empty one, without an error, so a crawler believes that the site has no pages.
#
# Guess before the first run: one page and one entry in both notations, as sitemapper and feedsmith give.
# Seen: one without a prefix; nothing, nothing and an error with it.
#
# Needs: Node 20 or newer with npm. Exits with 1 if the behaviour is another.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

echo 'exports.FeedMe = require("feedme").default ?? require("feedme");' > feedme.cjs
npm install --silent --no-audit --no-fund --ignore-scripts sitemap-stream-parser@1.7.0 get-sitemap-links@1.1.0 sitemapper@4.1.6 feedme@2.0.2 feedsmith@3.0.1 >/dev/null

cat > try.mjs <<'SCRIPT'
import { once } from "node:events";
import http from "node:http";
import { FeedMe } from "./feedme.cjs";
import { parseAtomFeed } from "feedsmith";
import links from "get-sitemap-links";
import { parseSitemaps } from "sitemap-stream-parser";
import Sitemapper from "sitemapper";

let origin;
const prefixed = (text) => text.replace(/<(\/?)/g, "<$1x:").replace("xmlns=", "xmlns:x=");
const sitemap = () => `<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"><url><loc>${origin}/page</loc></url></urlset>`;
const feed = `<feed xmlns="http://www.w3.org/2005/Atom"><id>urn:a</id><title>all</title><updated>2020-01-01T00:00:00Z</updated>
<entry><id>urn:b</id><title>one</title><updated>2020-01-01T00:00:00Z</updated></entry></feed>`;
const server = http.createServer(({ url }, response) => {
  response.writeHead(200, { "Content-Type": "application/xml" });
  response.end(`<?xml version="1.0" encoding="UTF-8"?>\n${url === "/plain.xml" ? sitemap() : prefixed(sitemap())}`);
});
server.listen(0, "127.0.0.1");
await once(server, "listening");
origin = `http://127.0.0.1:${server.address().port}`;
const show = (name, value) => console.log(`${name}: ${value}`.replaceAll(origin, ""));
for (const path of ["/plain.xml", "/prefix.xml"]) {
  show(`${path} sitemapper`, (await new Sitemapper({ url: origin + path }).fetch()).sites);
  const pages = [];
  await new Promise((resolve) => parseSitemaps(origin + path, (page) => pages.push(page), resolve));
  show(`${path} sitemap-stream-parser`, pages);
  show(`${path} get-sitemap-links`, await links.default(origin + path));
}
server.close();
server.closeAllConnections();
for (const [name, text] of Object.entries({ plain: feed, prefix: prefixed(feed) })) {
  show(`${name} feedsmith`, parseAtomFeed(text).entries.map(({ title }) => title.value ?? title));
  let answer;
  try {
    const parser = new FeedMe(true);
    parser.write(text);
    answer = parser.done().items.map(({ title }) => title);
  } catch (error) {
    answer = error.message;
  }
  show(`${name} feedme`, answer);
}
SCRIPT
output=$(timeout 60 node try.mjs)
expected=$(cat <<'SEEN'
/plain.xml sitemapper: /page
/plain.xml sitemap-stream-parser: /page
/plain.xml get-sitemap-links: /page
/prefix.xml sitemapper: /page
/prefix.xml sitemap-stream-parser: 
/prefix.xml get-sitemap-links: 
plain feedsmith: one
plain feedme: one
prefix feedsmith: one
prefix feedme: Feed type not recognized
SEEN
)
echo "$output"
[ "$output" = "$expected" ] || { echo "The behaviour is another; it was:"; echo "$expected"; exit 1; }
