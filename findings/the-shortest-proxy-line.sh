#!/usr/bin/env bash
# proxy-protocol-js 4.0.6 refuses "PROXY UNKNOWN", the shortest valid line of the PROXY protocol.
#
# HAProxy's proxy-protocol.txt, §2.1: for "UNKNOWN" a sender may leave out all that follows, and the receiver must accept the line and ignore
# what stands between the word and the line's end. HAProxy sends it where it has no address of the client.
#
# Guess before the first run: a header of UNKNOWN without addresses.
# Seen: an error for the short line; the long one with addresses is read.
#
# Needs: Node 20 or newer with npm. Exits with 1 if the behaviour is another.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

npm install --silent --no-audit --no-fund --ignore-scripts proxy-protocol-js@4.0.6 >/dev/null

cat > try.mjs <<'SCRIPT'
import protocol from "proxy-protocol-js";

for (const line of ["PROXY TCP4 192.0.2.1 192.0.2.2 1 2", "PROXY UNKNOWN 192.0.2.1 192.0.2.2 1 2", "PROXY UNKNOWN"]) {
  try {
    console.log(line, "->", protocol.V1ProxyProtocol.parse(`${line}\r\n`).inetProtocol);
  } catch (error) {
    console.log(line, "->", error.message);
  }
}
SCRIPT
output=$(timeout 60 node try.mjs)
expected=$(cat <<'SEEN'
PROXY TCP4 192.0.2.1 192.0.2.2 1 2 -> TCP4
PROXY UNKNOWN 192.0.2.1 192.0.2.2 1 2 -> UNKNOWN
PROXY UNKNOWN -> given data isn't suitable for V1 PROXY protocols definition
SEEN
)
echo "$output"
[ "$output" = "$expected" ] || { echo "The behaviour is another; it was:"; echo "$expected"; exit 1; }
