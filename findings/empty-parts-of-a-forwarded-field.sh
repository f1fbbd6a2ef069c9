#!/usr/bin/env bash
# forwarded-parse 2.2.0 throws for a Forwarded field with an empty element or an empty pair.
#
# RFC 7239 §4 allows empty pairs (forwarded-element = [ forwarded-pair ] *( ";" [ forwarded-pair ] )), and RFC 9110 §5.6.1.2 has a recipient
# "parse and ignore a reasonable number of empty list elements", which proxies leave that take an element away.
#
# Guess before the first run: the elements that are there.
# Seen: an error for each of the three.
#
# Needs: Node 20 or newer with npm. Exits with 1 if the behaviour is another.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

npm install --silent --no-audit --no-fund --ignore-scripts forwarded-parse@2.2.0 >/dev/null

cat > try.mjs <<'SCRIPT'
import parse from "forwarded-parse";

for (const value of ["for=192.0.2.1, for=192.0.2.2", "for=192.0.2.1, , for=192.0.2.2", "for=192.0.2.1;;proto=http", "for=192.0.2.1;"]) {
  try {
    console.log(value, JSON.stringify(parse(value)));
  } catch (error) {
    console.log(value, error.name);
  }
}
SCRIPT
output=$(timeout 60 node try.mjs)
expected=$(cat <<'SEEN'
for=192.0.2.1, for=192.0.2.2 [{"for":"192.0.2.1"},{"for":"192.0.2.2"}]
for=192.0.2.1, , for=192.0.2.2 ParseError
for=192.0.2.1;;proto=http ParseError
for=192.0.2.1; ParseError
SEEN
)
echo "$output"
[ "$output" = "$expected" ] || { echo "The behaviour is another; it was:"; echo "$expected"; exit 1; }
