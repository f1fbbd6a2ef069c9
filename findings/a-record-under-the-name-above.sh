#!/usr/bin/env bash
# zone-file 1.0.0 names a record "300" or "IN" if its line begins with a space, and dns-zonefile 0.3.2 gives it to the whole domain.
#
# RFC 1035 §5.1: "If an entry for an RR begins with a blank, then the RR is assumed to belong to the last stated owner." Zones are usually
# written so: a host's name once, and its other records below. With the one parser the host loses its IPv6 address; with the other
# the domain itself gets it.
#
# Expected: all records are those of "www".
# Seen: as above; a line that repeats the name is right.
#
# Needs: Node 20 or newer with npm. Exits with 1 if the behaviour is another.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

npm install --silent --no-audit --no-fund --ignore-scripts zone-file@1.0.0 dns-zonefile@0.3.2 >/dev/null

cat > try.mjs <<'SCRIPT'
import other from "dns-zonefile";
import zoneFile from "zone-file";

for (const name of ["www", "   "]) {
  const zone = ["$ORIGIN example.test.", "@ 300 IN NS ns1", "www 300 IN A 192.0.2.1", `${name} 300 IN AAAA 2001:db8::1`, `${name} IN TXT "hello"`, ""].join("\n");
  for (const [library, parse] of [["zone-file", zoneFile.parseZoneFile], ["dns-zonefile", other.parse]]) {
    const { a, aaaa, txt } = parse(zone);
    console.log(`"${name}", ${library}: A ${a[0].name}, AAAA ${aaaa[0].name}, TXT ${txt[0].name}`);
  }
}
SCRIPT
output=$(timeout 60 node try.mjs)
expected=$(cat <<'SEEN'
"www", zone-file: A www, AAAA www, TXT www
"www", dns-zonefile: A www, AAAA www, TXT www
"   ", zone-file: A www, AAAA 300, TXT IN
"   ", dns-zonefile: A www, AAAA @, TXT @
SEEN
)
echo "$output"
[ "$output" = "$expected" ] || { echo "The behaviour is another; it was:"; echo "$expected"; exit 1; }
