#!/usr/bin/env bash
# url-template 3.1.1 expands "{?list}" with an empty list to "?list=", and thus asks the server for an item that is an empty string.
#
# RFC 6570 §2.3: "A variable defined as a list value is considered undefined if the list contains zero members", and §3.2.1: an undefined variable
# is ignored by the expansion.
#
# Guess before the first run: nothing for the empty list and for the empty set of pairs.
# Seen: "?list=" and "?pairs=&x=1"; with the explode modifier "{?list*}" nothing.
#
# Needs: Node 20 or newer with npm. Exits with 1 if the behaviour is another.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

npm install --silent --no-audit --no-fund --ignore-scripts url-template@3.1.1 >/dev/null

cat > try.mjs <<'SCRIPT'
import { parseTemplate } from "url-template";

const values = { list: [], pairs: {}, x: 1 };
for (const template of ["{?missing}", "{?list*}", "{?list}", "{?pairs,x}"]) {
  console.log(template, "->", JSON.stringify(parseTemplate(template).expand(values)));
}
SCRIPT
output=$(timeout 60 node try.mjs)
expected=$(cat <<'SEEN'
{?missing} -> ""
{?list*} -> ""
{?list} -> "?list="
{?pairs,x} -> "?pairs=&x=1"
SEEN
)
echo "$output"
[ "$output" = "$expected" ] || { echo "The behaviour is another; it was:"; echo "$expected"; exit 1; }
