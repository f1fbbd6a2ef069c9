#!/usr/bin/env bash
# rss-parser 3.13.0 moves the elements of an entry's XHTML behind its text: "one <b>two</b> three" becomes "one  three<b>two</b>".
#
# RFC 4287 §3.1.1.3: with type="xhtml" the content is a div of XHTML, which the reader shows as it stands; text and elements alternate in it.
#
# Guess before the first run: the markup in its order.
# Seen: all text first, then the elements.
#
# Needs: Node 20 or newer with npm. Exits with 1 if the behaviour is another.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

npm install --silent --no-audit --no-fund --ignore-scripts rss-parser@3.13.0 >/dev/null

cat > try.mjs <<'SCRIPT'
import Parser from "rss-parser";

const feed = await new Parser().parseString(`<feed xmlns="http://www.w3.org/2005/Atom"><title>t</title><id>urn:x:1</id>
<updated>2020-01-01T00:00:00Z</updated>
<entry><title>e</title><id>urn:x:2</id><updated>2020-01-01T00:00:00Z</updated><link href="http://example.test/e"/>
<content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml">one <b>two</b> three</div></content></entry></feed>`);
console.log(feed.items[0].content);
console.log(feed.items[0].contentSnippet);
SCRIPT
output=$(timeout 60 node try.mjs)
expected=$(cat <<'SEEN'
<div type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml">one  three<b>two</b></div></div>
one  threetwo
SEEN
)
echo "$output"
[ "$output" = "$expected" ] || { echo "The behaviour is another; it was:"; echo "$expected"; exit 1; }
