#!/usr/bin/env bash
# proxy-protocol-js 4.0.6 puts the additions (TLVs) of a PROXY header in front of the connection's first bytes.
#
# HAProxy's proxy-protocol.txt, §2.2: the header's length counts addresses and TLVs, so that a receiver can skip unknown ones. HAProxy and
# the load balancers of the clouds add some (the version of TLS, a connection's id, a checksum). V2ProxyProtocol.parse
# doesn't use that length: its "data" is all behind the addresses. Behind a proxy without TLVs a server that goes on with "data" works; as
# soon as an operator switches one on, each request begins with binary bytes, and its parser refuses it.
#
# Guess before the first run: "GET / HTTP/1.1" for both.
# Seen: the TLV, and then "GET / HTTP/1.1", for the header that has one.
#
# Needs: Node 20 or newer with npm. Exits with 1 if the behaviour is another.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

npm install --silent --no-audit --no-fund --ignore-scripts proxy-protocol-js@4.0.6 >/dev/null

cat > try.mjs <<'SCRIPT'
import proxy from "proxy-protocol-js";

const SIGNATURE = Buffer.from("0d0a0d0a000d0a515549540a", "hex");
const ADDRESSES = Buffer.from([192, 0, 2, 1, 127, 0, 0, 1, 0x30, 0x39, 0, 80]);
const UNIQUE_ID = Buffer.from([5, 0, 3, ...Buffer.from("id1")]); // PP2_TYPE_UNIQUE_ID, 3 bytes

for (const [name, additions] of [["without TLVs", Buffer.alloc(0)], ["with a TLV", UNIQUE_ID]]) {
  const length = ADDRESSES.length + additions.length;
  const start = Buffer.concat([SIGNATURE, Buffer.from([0x21, 0x11, 0, length]), ADDRESSES, additions]);
  const { data } = proxy.V2ProxyProtocol.parse(Buffer.concat([start, Buffer.from("GET / HTTP/1.1\r\n")]));
  console.log(`${name}: ${JSON.stringify(Buffer.from(data).toString())}`);
}
SCRIPT
output=$(timeout 60 node try.mjs)
expected=$(cat <<'SEEN'
without TLVs: "GET / HTTP/1.1\r\n"
with a TLV: "\u0005\u0000\u0003id1GET / HTTP/1.1\r\n"
SEEN
)
echo "$output"
[ "$output" = "$expected" ] || { echo "The behaviour is another; it was:"; echo "$expected"; exit 1; }
