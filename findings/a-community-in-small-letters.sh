#!/usr/bin/env bash
# parse-cache-control 1.0.1 (http-basic reads responses with it) changes a value to small letters, and leaves the names as they are.
#
# RFC 9111 §5.2: names of directives don't depend on capitals; §5.2.3: others than the standard's may have values of their own, and
# nothing says that capitals don't count in them. RFC 9110 §5.6.1.2: a recipient must skip empty elements of a list, and this parser returns null for
# the whole field. A client then treats the response as if its server had said nothing about caches.
#
# Expected: names in small letters, values as they are, and empty elements skipped.
# Seen: the reverse, and null.
#
# Needs: Node 20 or newer with npm. Exits with 1 if the behaviour is another.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

npm install --silent --no-audit --no-fund --ignore-scripts parse-cache-control@1.0.1 >/dev/null

cat > try.mjs <<'SCRIPT'
import parse from "parse-cache-control";

for (const field of ['private, community="UCI"', "Max-Age=60, No-Store", "max-age=60, no-store", "no-store, , max-age=60", "no-store,"]) {
  console.log(`${field}: ${JSON.stringify(parse(field))}`);
}
SCRIPT
output=$(timeout 60 node try.mjs)
expected=$(cat <<'SEEN'
private, community="UCI": {"private":true,"community":"uci"}
Max-Age=60, No-Store: {"Max-Age":"60","No-Store":true}
max-age=60, no-store: {"max-age":60,"no-store":true}
no-store, , max-age=60: null
no-store,: null
SEEN
)
echo "$output"
[ "$output" = "$expected" ] || { echo "The behaviour is another; it was:"; echo "$expected"; exit 1; }
