#!/usr/bin/env bash
# @hugoalh/http-header-link 1.0.3 loses a relation without quotation marks if a semicolon or comma follows it, and refuses "<>".
#
# RFC 8288 §3: the value of a parameter is a token or a quoted string, so rel=next and rel="next" say the same, at each place. The address in the angle
# brackets is a reference, and the empty one (RFC 3986 §4.4) is the page itself. A client that turns over pages by this field ends
# at the first, as if there were no more.
#
# Expected: next and prev, and self for the empty address.
# Seen: empty relations, which it writes back as "rel" without a value; with quotation marks, or at the field's end, all is right.
#
# Needs: Node 20 or newer with npm. Exits with 1 if the behaviour is another.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

npm install --silent --no-audit --no-fund --ignore-scripts @hugoalh/http-header-link@1.0.3 >/dev/null

cat > try.mjs <<'SCRIPT'
import { HTTPHeaderLink } from "@hugoalh/http-header-link";

for (const field of [
  '</2>; rel="next", </1>; rel="prev"',
  "</2>; rel=next, </1>; rel=prev",
  "</2>; rel=next; title=two",
  "</2>; title=two; rel=next",
  '<>; rel="self"',
]) {
  let result;
  try {
    const links = new HTTPHeaderLink(field);
    result = `${links.entries().map(([address, { rel }]) => `${address} is "${rel}"`).join(", ")}; written: ${links}`;
  } catch (error) {
    result = error.message;
  }
  console.log(`${field}: ${result}`);
}
SCRIPT
output=$(timeout 60 node try.mjs)
expected=$(cat <<'SEEN'
</2>; rel="next", </1>; rel="prev": /2 is "next", /1 is "prev"; written: </2>; rel="next", </1>; rel="prev"
</2>; rel=next, </1>; rel=prev: /2 is "", /1 is "prev"; written: </2>; rel, </1>; rel="prev"
</2>; rel=next; title=two: /2 is ""; written: </2>; rel; title="two"
</2>; title=two; rel=next: /2 is "next"; written: </2>; title; rel="next"
<>; rel="self": Missing URI at position 1!
SEEN
)
echo "$output"
[ "$output" = "$expected" ] || { echo "The behaviour is another; it was:"; echo "$expected"; exit 1; }
