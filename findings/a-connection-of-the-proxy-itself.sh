#!/usr/bin/env bash
# @balena/proxy-protocol-parser 1.0.2 gives a connection that the proxy opened for itself the address of a client.
#
# HAProxy's proxy-protocol.txt, §2.2: the command LOCAL marks a connection that the proxy opened on its own behalf, such as a health check.
# The receiver accepts it, uses the addresses of the connection, and discards the family and the addresses in the header. §2.1: a first
# line with "UNKNOWN" has no address of a client either. A log of clients or a limit for each address counts both as clients.
#
# Guess before the first run: no addresses for LOCAL and for UNKNOWN.
# Seen: the addresses of the header for LOCAL; for "PROXY UNKNOWN" an IPv6 address that consists of the line's end.
#
# Needs: Node 20 or newer with npm. Exits with 1 if the behaviour is another.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

npm install --silent --no-audit --no-fund --ignore-scripts @balena/proxy-protocol-parser@1.0.2 >/dev/null

cat > try.mjs <<'SCRIPT'
import parser from "@balena/proxy-protocol-parser";

const signature = Buffer.from("0d0a0d0a000d0a515549540a", "hex");
const addresses = Buffer.from([192, 0, 2, 1, 198, 51, 100, 2, 0x10, 0, 0, 80]);
const binary = (command) => Buffer.concat([signature, Buffer.from([0x20 | command, 0x11, 0, addresses.length]), addresses]);
const headers = { PROXY: binary(1), LOCAL: binary(0), "PROXY UNKNOWN": Buffer.from("PROXY UNKNOWN\r\n") };
for (const [name, header] of Object.entries(headers)) {
  const { remoteFamily, remoteAddress } = parser.decode(header);
  console.log(`${name}: ${remoteFamily} ${JSON.stringify(remoteAddress)}`);
}
SCRIPT
output=$(timeout 60 node try.mjs)
expected=$(cat <<'SEEN'
PROXY: IPv4 "192.0.2.1"
LOCAL: IPv4 "192.0.2.1"
PROXY UNKNOWN: IPv6 "\r\n"
SEEN
)
echo "$output"
[ "$output" = "$expected" ] || { echo "The behaviour is another; it was:"; echo "$expected"; exit 1; }
