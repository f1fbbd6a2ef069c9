#!/usr/bin/env bash
# get-sitemap-links 1.1.0 gives "/list?a=1&amp;b=2" for a page "/list?a=1&b=2", and nothing for an address that has a line of its own.
#
# sitemaps.org's protocol, "Entity escaping": a sitemap is XML, and each & in an address must be written as &amp;. White space around an address
# is what XML tools add that indent. A server that is asked for "a=1&amp;b=2" sees the parameters "a" and "amp;b", and usually
# answers by 200 and another page; so a check of the links finds nothing wrong. An index of sitemaps is followed in the same way.
#
# Guess before the first run: /list?a=1&b=2 for all three, as sitemapper gives.
# Seen: the entity, the whole CDATA section, and nothing.
#
# Needs: Node 20 or newer with npm. Exits with 1 if the behaviour is another.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

npm install --silent --no-audit --no-fund --ignore-scripts get-sitemap-links@1.1.0 sitemapper@4.1.6 >/dev/null

cat > try.mjs <<'SCRIPT'
import { once } from "node:events";
import http from "node:http";
import links from "get-sitemap-links";
import Sitemapper from "sitemapper";

const addresses = {
  "/escaped.xml": (origin) => `${origin}/list?a=1&amp;b=2`,
  "/section.xml": (origin) => `<![CDATA[${origin}/list?a=1&b=2]]>`,
  "/indented.xml": (origin) => `\n      ${origin}/list?a=1&amp;b=2\n    `,
};
let origin;
const server = http.createServer(({ url }, response) => {
  response.writeHead(200, { "Content-Type": "application/xml" });
  response.end(
    `<?xml version="1.0" encoding="UTF-8"?>\n<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"><url><loc>${addresses[url](origin)}</loc></url></urlset>`,
  );
});
server.listen(0, "127.0.0.1");
await once(server, "listening");
origin = `http://127.0.0.1:${server.address().port}`;
for (const path of Object.keys(addresses)) {
  const { sites } = await new Sitemapper({ url: origin + path }).fetch();
  console.log(`${path} sitemapper: ${sites}`.replaceAll(origin, ""));
  console.log(`${path} get-sitemap-links: ${await links.default(origin + path)}`.replaceAll(origin, ""));
}
server.close();
server.closeAllConnections();
SCRIPT
output=$(timeout 60 node try.mjs)
expected=$(cat <<'SEEN'
/escaped.xml sitemapper: /list?a=1&b=2
/escaped.xml get-sitemap-links: /list?a=1&amp;b=2
/section.xml sitemapper: /list?a=1&b=2
/section.xml get-sitemap-links: <![CDATA[/list?a=1&b=2]]>
/indented.xml sitemapper: /list?a=1&b=2
/indented.xml get-sitemap-links: 
SEEN
)
echo "$output"
[ "$output" = "$expected" ] || { echo "The behaviour is another; it was:"; echo "$expected"; exit 1; }
