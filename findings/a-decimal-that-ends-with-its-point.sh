#!/usr/bin/env bash
# structured-headers 2.1.0 writes the number 1.0005 as "1.", which its own parser refuses.
#
# RFC 9651 §4.1.5: a decimal is rounded to three digits after the point; where none but zeros is left, one zero is written ("1.0").
#
# Guess before the first run: "1.0" or, rounded up, "1.001".
# Seen: "1.", "0." and "101.", each refused by parseItem; 2.5 comes back.
#
# Needs: Node 20 or newer with npm. Exits with 1 if the behaviour is another.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

npm install --silent --no-audit --no-fund --ignore-scripts structured-headers@2.1.0 >/dev/null

cat > try.mjs <<'SCRIPT'
import { parseItem, serializeItem } from "structured-headers";

for (const number of [2.5, 1.0005, 0.0001, 100.99999]) {
  const text = serializeItem(number);
  try {
    console.log(number, text, parseItem(text)[0]);
  } catch {
    console.log(number, text, "refused");
  }
}
SCRIPT
output=$(timeout 60 node try.mjs)
expected=$(cat <<'SEEN'
2.5 2.5 2.5
1.0005 1. refused
0.0001 0. refused
100.99999 101. refused
SEEN
)
echo "$output"
[ "$output" = "$expected" ] || { echo "The behaviour is another; it was:"; echo "$expected"; exit 1; }
