#!/usr/bin/env bash
# http-link-header 1.1.4 loses the relation of a Link whose parameter without a value stands before it.
#
# RFC 8288 §3: link-param = token BWS [ "=" BWS ( token / quoted-string ) ]; a parameter may have no value, as "crossorigin" of a preload has
# none. It joins the name with the next parameter: "crossorigin; rel".
#
# Guess before the first run: rel is "preload" in both orders.
# Seen: "preload" where crossorigin comes last, no rel at all where it comes first.
#
# Needs: Node 20 or newer with npm. Exits with 1 if the behaviour is another.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

npm install --silent --no-audit --no-fund --ignore-scripts http-link-header@1.1.4 >/dev/null

cat > try.mjs <<'SCRIPT'
import LinkHeader from "http-link-header";

for (const value of ["<https://a.example/f.woff2>; rel=preload; crossorigin", "<https://a.example/f.woff2>; crossorigin; rel=preload"])
  console.log(JSON.stringify(LinkHeader.parse(value).refs));
SCRIPT
output=$(timeout 60 node try.mjs)
expected=$(cat <<'SEEN'
[{"uri":"https://a.example/f.woff2","rel":"preload","crossorigin":""}]
[{"uri":"https://a.example/f.woff2","crossorigin; rel":"preload"}]
SEEN
)
echo "$output"
[ "$output" = "$expected" ] || { echo "The behaviour is another; it was:"; echo "$expected"; exit 1; }
