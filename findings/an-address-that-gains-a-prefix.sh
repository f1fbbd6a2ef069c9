#!/usr/bin/env bash
# ipaddr.js 2.5.0 reads "::192.0.2.33" as ::ffff:192.0.2.33, which is another address.
#
# RFC 4291 §2.2, form 3: "x:x:x:x:x:x:d.d.d.d", where the x are the six high pieces; "::13.1.68.3" is its example for six zeros. The form with
# ffff is the IPv4-mapped one of §2.5.5.2. The same address in plain pieces is read right.
#
# Guess before the first run: ::c000:221 for both notations.
# Seen: ::ffff:c000:221 for the one with dots.
#
# Needs: Node 20 or newer with npm. Exits with 1 if the behaviour is another.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

npm install --silent --no-audit --no-fund --ignore-scripts ipaddr.js@2.5.0 >/dev/null

cat > try.mjs <<'SCRIPT'
import ipaddr from "ipaddr.js";

for (const text of ["::c000:221", "::192.0.2.33", "::ffff:192.0.2.33", "64:ff9b::192.0.2.33"]) console.log(text, "->", ipaddr.parse(text).toString());
SCRIPT
output=$(timeout 60 node try.mjs)
expected=$(cat <<'SEEN'
::c000:221 -> ::c000:221
::192.0.2.33 -> ::ffff:c000:221
::ffff:192.0.2.33 -> ::ffff:c000:221
64:ff9b::192.0.2.33 -> 64:ff9b::c000:221
SEEN
)
echo "$output"
[ "$output" = "$expected" ] || { echo "The behaviour is another; it was:"; echo "$expected"; exit 1; }
