#!/usr/bin/env bash
# cache-control-esm 1.0.0 (made for axios-cache-adapter) writes nothing at all for {maxAge: 0}.
#
# RFC 9111 §5.2.2.1: "max-age=0" says that a response is stale as soon as it arrives. §4.2.2: without such a directive a cache may guess a lifetime,
# and most do so from Last-Modified. So a page that caches should check each time is kept, for days if its file is old. The parser does read
# "max-age=0" as the number 0, so a field that is read, changed and written loses the directive as well.
#
# Guess before the first run: "max-age=0, must-revalidate", as @tusbar/cache-control 3.0.1 writes, of which it is a copy.
# Seen: "must-revalidate" alone; "s-maxage=0" and "min-fresh=0" are left out too.
#
# Needs: Node 20 or newer with npm. Exits with 1 if the behaviour is another.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

npm install --silent --no-audit --no-fund --ignore-scripts cache-control-esm@1.0.0 @tusbar/cache-control@3.0.1 >/dev/null

cat > try.mjs <<'SCRIPT'
import * as original from "@tusbar/cache-control";
import * as copy from "cache-control-esm";

for (const field of ["max-age=60, must-revalidate", "max-age=0, must-revalidate", "s-maxage=0, public", "min-fresh=0, no-transform"]) {
  console.log(`${field}: ${original.format(original.parse(field))}; ${copy.format(copy.parse(field))}`);
}
console.log(`{maxAge: 0}: ${original.format({ maxAge: 0 })}; ${copy.format({ maxAge: 0 }) || "nothing"}`);
SCRIPT
output=$(timeout 60 node try.mjs)
expected=$(cat <<'SEEN'
max-age=60, must-revalidate: max-age=60, must-revalidate; max-age=60, must-revalidate
max-age=0, must-revalidate: max-age=0, must-revalidate; must-revalidate
s-maxage=0, public: s-maxage=0, public; public
min-fresh=0, no-transform: min-fresh=0, no-transform; no-transform
{maxAge: 0}: max-age=0; nothing
SEEN
)
echo "$output"
[ "$output" = "$expected" ] || { echo "The behaviour is another; it was:"; echo "$expected"; exit 1; }
