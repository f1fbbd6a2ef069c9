#!/usr/bin/env bash
# @extractus/feed-extractor 8.0.3 takes a feed's texts for numbers: the title "1.10" becomes "1.1", the guid "0042" becomes "42".
#
# RSS 2.0, "Elements of <item>": a title is a text, and of a guid "It's a string that uniquely identifies the item". Feeds of releases
# have titles of just a version, and 1.1 is another release than 1.10.
#
# Guess before the first run: the texts as they stand in the feed, as rss-parser gives them.
# Seen: "7", "1.1", "42" and "1000" for 007, 1.10, 0042 and 1e3.
#
# Needs: Node 20 or newer with npm. Exits with 1 if the behaviour is another.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

npm install --silent --no-audit --no-fund --ignore-scripts @extractus/feed-extractor@8.0.3 >/dev/null

cat > try.mjs <<'SCRIPT'
import { extractFromXml } from "@extractus/feed-extractor";

const feed = extractFromXml(`<?xml version="1.0"?><rss version="2.0"><channel><title>007</title><link>http://example.test/</link>
<description>releases</description><item><title>1.10</title><link>http://example.test/1</link><guid>0042</guid><description>1e3</description></item>
<item><title>named</title><link>http://example.test/2</link></item></channel></rss>`);
const [first] = feed.entries;
for (const value of [feed.title, first.title, first.id, first.description]) console.log(JSON.stringify(value));
SCRIPT
output=$(timeout 60 node try.mjs)
expected=$(cat <<'SEEN'
"7"
"1.1"
"42"
"1000"
SEEN
)
echo "$output"
[ "$output" = "$expected" ] || { echo "The behaviour is another; it was:"; echo "$expected"; exit 1; }
