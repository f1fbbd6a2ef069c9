#!/usr/bin/env bash
# rss-parser 3.13.0 and @extractus/feed-extractor 8.0.3 take an Atom entry's first link, of the relation "related", for the entry's own.
#
# RFC 4287 §4.2.7.2: "If the "rel" attribute is not present, the link element MUST be interpreted as if the link relation type is "alternate"."
# The order of an entry's elements has no meaning (§4.1.2).
#
# Guess before the first run: http://example.test/entry in both orders.
# Seen: it where it comes first; the related one, on another site, where that comes first.
#
# Needs: Node 20 or newer with npm. Exits with 1 if the behaviour is another.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

npm install --silent --no-audit --no-fund --ignore-scripts rss-parser@3.13.0 @extractus/feed-extractor@8.0.3 >/dev/null

cat > try.mjs <<'SCRIPT'
import { extractFromXml } from "@extractus/feed-extractor";
import Parser from "rss-parser";

const own = '<link href="http://example.test/entry"/>';
const related = '<link rel="related" href="http://elsewhere.test/"/>';
for (const links of [own + related, related + own]) {
  const feed = `<feed xmlns="http://www.w3.org/2005/Atom"><title>t</title><id>urn:x:1</id><updated>2020-01-01T00:00:00Z</updated>
<link href="http://example.test/"/>
<entry><title>e</title><id>urn:x:2</id><updated>2020-01-01T00:00:00Z</updated>${links}</entry></feed>`;
  console.log("rss-parser:", (await new Parser().parseString(feed)).items[0].link);
  console.log("feed-extractor:", extractFromXml(feed).entries[0].link);
}
SCRIPT
output=$(timeout 60 node try.mjs)
expected=$(cat <<'SEEN'
rss-parser: http://example.test/entry
feed-extractor: http://example.test/entry
rss-parser: http://elsewhere.test/
feed-extractor: http://elsewhere.test/
SEEN
)
echo "$output"
[ "$output" = "$expected" ] || { echo "The behaviour is another; it was:"; echo "$expected"; exit 1; }
