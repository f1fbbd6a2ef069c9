#!/usr/bin/env bash
# ip6addr 0.2.5 refuses "64:ff9b::192.0.2.33", the usual way to write an address of NAT64, and shortens a single piece of zeros.
#
# RFC 4291 §2.2, form 3, has an IPv4 tail behind any six pieces, and RFC 6052 §2.4 writes 64:ff9b::192.0.2.33 so. RFC 5952 §4.2.2: "The symbol
# "::" MUST NOT be used to shorten just one 16-bit 0 field."
#
# Guess before the first run: 64:ff9b::c000:221, and 2001:db8:0:1:1:1:1:1 as it stands.
# Seen: an error ("invalid dotted-quad notation"), and 2001:db8::1:1:1:1:1. An IPv4 tail behind ::ffff: is read.
#
# Needs: Node 20 or newer with npm. Exits with 1 if the behaviour is another.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

npm install --silent --no-audit --no-fund --ignore-scripts ip6addr@0.2.5 >/dev/null

cat > try.mjs <<'SCRIPT'
import ip6addr from "ip6addr";

for (const text of ["::ffff:192.0.2.33", "64:ff9b::192.0.2.33", "2001:db8:0:1:1:1:1:1"]) {
  try {
    console.log(text, "->", ip6addr.parse(text).toString());
  } catch (error) {
    console.log(text, "->", error.message);
  }
}
SCRIPT
output=$(timeout 60 node try.mjs)
expected=$(cat <<'SEEN'
::ffff:192.0.2.33 -> ::ffff:192.0.2.33
64:ff9b::192.0.2.33 -> invalid dotted-quad notation
2001:db8:0:1:1:1:1:1 -> 2001:db8::1:1:1:1:1
SEEN
)
echo "$output"
[ "$output" = "$expected" ] || { echo "The behaviour is another; it was:"; echo "$expected"; exit 1; }
