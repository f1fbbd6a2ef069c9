#!/usr/bin/env bash
# uri-templates 0.2.0 expands "/list{;page}" with the number 0 to "/list;page0", which names another parameter.
#
# RFC 6570 §3.2.7: in an expansion that begins with ";" only the name stands where the value is empty; every other value follows a "=". The
# number 0 is the text "0", which isn't empty. A client that asks for the first page of a list by its number sends a parameter that the server
# doesn't know, and gets whatever the server sends without one. The numbers from 1 on are right, and so is "{?page}".
#
# Guess before the first run: ";page=0" and ";draft=false".
# Seen: ";page0" and ";draftfalse"; the text "0" is right.
#
# Needs: Node 20 or newer with npm. Exits with 1 if the behaviour is another.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

npm install --silent --no-audit --no-fund --ignore-scripts uri-templates@0.2.0 >/dev/null

cat > try.mjs <<'SCRIPT'
import template from "uri-templates";

for (const page of [1, 0, "0", ""]) {
  console.log(`${JSON.stringify(page)}: ${template("/list{;page}").fill({ page })}, ${template("/list{?page}").fill({ page })}`);
}
console.log(template("/list{;draft}").fill({ draft: false }));
SCRIPT
output=$(timeout 60 node try.mjs)
expected=$(cat <<'SEEN'
1: /list;page=1, /list?page=1
0: /list;page0, /list?page=0
"0": /list;page=0, /list?page=0
"": /list;page, /list?page=
/list;draftfalse
SEEN
)
echo "$output"
[ "$output" = "$expected" ] || { echo "The behaviour is another; it was:"; echo "$expected"; exit 1; }
