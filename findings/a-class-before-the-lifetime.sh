#!/usr/bin/env bash
# dns-zonefile 0.3.2 drops a record whose class stands before its lifetime; zone-file 1.0.0 and @fungible-systems/zone-file 2.0.0 drop the lifetime.
#
# RFC 1035 §5.1 has both orders: "[<TTL>] [<class>] <type> <RDATA>" and "[<class>] [<TTL>] <type> <RDATA>". A zone that was written the
# other way loses hosts with the first parser, and nobody is told. With the others a record that shall be kept for 30 seconds, since a server is about
# to move, is kept as long as the zone's default says.
#
# Guess before the first run: "www" with 300 seconds for both orders.
# Seen: no record, or one without a lifetime.
#
# Needs: Node 20 or newer with npm. Exits with 1 if the behaviour is another.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

npm install --silent --no-audit --no-fund --ignore-scripts dns-zonefile@0.3.2 zone-file@1.0.0 @fungible-systems/zone-file@2.0.0 >/dev/null

cat > try.mjs <<'SCRIPT'
import fungible from "@fungible-systems/zone-file";
import other from "dns-zonefile";
import zoneFile from "zone-file";

const parsers = { "dns-zonefile": other.parse, "zone-file": zoneFile.parseZoneFile, "@fungible-systems/zone-file": fungible.parseZoneFile };
for (const record of ["www 300 IN A 192.0.2.1", "www IN 300 A 192.0.2.1"]) {
  console.log(record);
  for (const [name, parse] of Object.entries(parsers)) {
    const { a = [] } = parse(`$ORIGIN example.test.\n${record}\n`);
    console.log(`  ${name}: ${a.length === 0 ? "no record" : `${a[0].name}, ${a[0].ip}, ${a[0].ttl ?? "no"} seconds`}`);
  }
}
SCRIPT
output=$(timeout 60 node try.mjs)
expected=$(cat <<'SEEN'
www 300 IN A 192.0.2.1
  dns-zonefile: www, 192.0.2.1, 300 seconds
  zone-file: www, 192.0.2.1, 300 seconds
  @fungible-systems/zone-file: www, 192.0.2.1, 300 seconds
www IN 300 A 192.0.2.1
  dns-zonefile: no record
  zone-file: www, 192.0.2.1, no seconds
  @fungible-systems/zone-file: www, 192.0.2.1, no seconds
SEEN
)
echo "$output"
[ "$output" = "$expected" ] || { echo "The behaviour is another; it was:"; echo "$expected"; exit 1; }
