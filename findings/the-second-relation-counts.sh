#!/usr/bin/env bash
# parse-link-header 2.0.0 takes the last "rel" of a link, and cuts a title at its semicolon.
#
# RFC 8288 §3.3: "The rel parameter MUST be present but MUST NOT appear more than once in a given link-value; occurrences after the first MUST
# be ignored by parsers." §3.4.1 of it, and RFC 9110 §5.6.4: a semicolon between quotation marks is text.
#
# Guess before the first run: "next", and the whole title.
# Seen: "prev"; "pages 3" of "pages 3; 4".
#
# Needs: Node 20 or newer with npm. Exits with 1 if the behaviour is another.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

npm install --silent --no-audit --no-fund --ignore-scripts parse-link-header@2.0.0 >/dev/null

cat > try.mjs <<'SCRIPT'
import parse from "parse-link-header";

console.log(JSON.stringify(parse('<https://a.example/?page=2>; rel="next"; rel="prev"')));
console.log(JSON.stringify(parse('<https://a.example/?page=3>; title="pages 3; 4"; rel="next"')));
SCRIPT
output=$(timeout 60 node try.mjs)
expected=$(cat <<'SEEN'
{"prev":{"page":"2","rel":"prev","url":"https://a.example/?page=2"}}
{"next":{"page":"3","title":"pages 3","rel":"next","url":"https://a.example/?page=3"}}
SEEN
)
echo "$output"
[ "$output" = "$expected" ] || { echo "The behaviour is another; it was:"; echo "$expected"; exit 1; }
