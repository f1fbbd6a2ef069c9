#!/usr/bin/env bash
# dns-zonefile 0.3.2, zone-file 1.0.0 and @fungible-systems/zone-file 2.0.0 give all relative names of a zone to its last $ORIGIN.
#
# RFC 1035 §5.1: "$ORIGIN" sets the origin for the relative names that follow it, so a file may have several. BIND writes its zones so. The parsers
# return one origin and the names as they stand, and a program that joins them, as it must, moves the records before the last $ORIGIN to another host.
#
# Expected: a.example.test and b.sub.example.test, as DNS::ZoneParse 1.10 (Debian's libdns-zoneparse-perl 1.10-1.1) has it.
# Seen: a.sub.example.test and b.sub.example.test.
#
# Needs: a Debian bookworm with apt, Node 20 or newer with npm, and perl. Exits with 1 if the behaviour is another.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

npm install --silent --no-audit --no-fund --ignore-scripts dns-zonefile@0.3.2 zone-file@1.0.0 @fungible-systems/zone-file@2.0.0 >/dev/null
apt-get download -q libdns-zoneparse-perl=1.10-1.1 >/dev/null 2>&1
dpkg-deb -x ./*.deb root

cat > zone <<'ZONE'
$ORIGIN example.test.
@ 60 IN SOA ns1 hostmaster ( 1 2 3 4 5 )
a 60 IN A 192.0.2.1
$ORIGIN sub.example.test.
b 60 IN A 192.0.2.2
ZONE
cat > read.pl <<'PERL'
use DNS::ZoneParse;
my $zone = DNS::ZoneParse->new("zone");
print "DNS::ZoneParse: ", join(", ", map {"$_->{name}.$_->{ORIGIN} $_->{host}"} @{ $zone->a }), "\n";
PERL

cat > try.mjs <<'SCRIPT'
import { readFileSync } from "node:fs";
import fungible from "@fungible-systems/zone-file";
import other from "dns-zonefile";
import zoneFile from "zone-file";

const zone = readFileSync("zone", "utf8");
const parsers = { "dns-zonefile": other.parse, "zone-file": zoneFile.parseZoneFile, "@fungible-systems/zone-file": fungible.parseZoneFile };
for (const [name, parse] of Object.entries(parsers)) {
  const { $origin, a } = parse(zone);
  console.log(`${name}: ${a.map((record) => `${record.name}.${record.origin ?? $origin} ${record.ip}`).join(", ")}`);
}
SCRIPT
output=$(timeout 60 node try.mjs && timeout 60 perl -I root/usr/share/perl5 read.pl)
expected=$(cat <<'SEEN'
dns-zonefile: a.sub.example.test. 192.0.2.1, b.sub.example.test. 192.0.2.2
zone-file: a.sub.example.test. 192.0.2.1, b.sub.example.test. 192.0.2.2
@fungible-systems/zone-file: a.sub.example.test. 192.0.2.1, b.sub.example.test. 192.0.2.2
DNS::ZoneParse: a.example.test. 192.0.2.1, b.sub.example.test. 192.0.2.2
SEEN
)
echo "$output"
[ "$output" = "$expected" ] || { echo "The behaviour is another; it was:"; echo "$expected"; exit 1; }
