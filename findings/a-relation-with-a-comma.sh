#!/usr/bin/env bash
# parse-link-header 2.0.0 and its copy @web3-storage/parse-link-header 3.1.0 find a relation "next," if the list ends with a comma, and none in capitals.
#
# RFC 9110 §5.6.1.2: a recipient must skip the empty element that a comma at the end makes; programs that join a list in a loop leave one. RFC 8288 §3:
# names of parameters don't depend on capitals, and white space beside "=" is skipped (RFC 9110 §5.6.3). A client that asks for the page
# "next" finds none, and takes the first page for the whole list.
#
# Expected: next each time, as http-link-header 1.1.3 says.
# Seen: as above.
#
# Needs: Node 20 or newer with npm. Exits with 1 if the behaviour is another.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

npm install --silent --no-audit --no-fund --ignore-scripts parse-link-header@2.0.0 @web3-storage/parse-link-header@3.1.0 http-link-header@1.1.3 >/dev/null

cat > try.mjs <<'SCRIPT'
import * as copy from "@web3-storage/parse-link-header";
import Link from "http-link-header";
import parse from "parse-link-header";

for (const field of ["</2>; rel=next", "</2>; rel=next,", "</2>; Rel=next", "</2>; rel = next"]) {
  const relations = [parse(field), copy.parseLinkHeader(field)].map((links) => Object.keys(links ?? {}).map((name) => `"${name}"`).join() || "nothing");
  console.log(`${field}: ${relations.join("; ")}; http-link-header: ${Link.parse(field).refs.map(({ rel }) => `"${rel}"`).join() || "nothing"}`);
}
SCRIPT
output=$(timeout 60 node try.mjs)
expected=$(cat <<'SEEN'
</2>; rel=next: "next"; "next"; http-link-header: "next"
</2>; rel=next,: "next,"; "next,"; http-link-header: "next"
</2>; Rel=next: nothing; nothing; http-link-header: "next"
</2>; rel = next: nothing; nothing; http-link-header: "next"
SEEN
)
echo "$output"
[ "$output" = "$expected" ] || { echo "The behaviour is another; it was:"; echo "$expected"; exit 1; }
