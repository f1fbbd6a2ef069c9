#!/usr/bin/env bash
# zone-file 1.0.0 and dns-zonefile 0.3.2 cut the record of a key for mail, as opendkim-genkey writes it; the first cuts "v=DMARC1; p=none" too.
#
# RFC 1035 §5.1: text between quotation marks is one string, whatever is inside, and a semicolon begins a comment only outside of it; parentheses
# join the lines of one record. A key of 2048 bits needs two strings, so zones have such lines. Neither parser gives an error, so a zone that is
# read, changed and written back has no valid key any more, and the receivers of the domain's mail reject its signatures.
#
# Expected: three strings, without quotation marks, and "v=DMARC1; p=none".
# Seen: zone-file drops what follows the semicolon of a first string, and adds one string of its own; dns-zonefile keeps the first string, with its
# parenthesis, and no more.
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

const zones = {
  "two strings": 'note IN TXT "one" "two"',
  policy: '_dmarc IN TXT "v=DMARC1; p=none"',
  key: 'mail._domainkey\tIN\tTXT\t( "v=DKIM1; h=sha256; k=rsa; "\n\t  "p=MIIB"\n\t  "IjAN" )  ; ----- DKIM key mail for example.test',
};
for (const [name, zone] of Object.entries(zones)) {
  const text = `$ORIGIN example.test.\n${zone}\n`;
  console.log(`${name}, zone-file: ${JSON.stringify(zoneFile.parseZoneFile(text).txt[0].txt)}`);
  console.log(`${name}, dns-zonefile: ${JSON.stringify(other.parse(text).txt[0].txt)}`);
}
SCRIPT
output=$(timeout 60 node try.mjs)
expected=$(cat <<'SEEN'
two strings, zone-file: ["one","two"]
two strings, dns-zonefile: "\"one\" \"two\""
policy, zone-file: "v=DMARC1"
policy, dns-zonefile: "\"v=DMARC1; p=none\""
key, zone-file: ["v=DKIM1 ","p=MIIB"," ","IjAN"]
key, dns-zonefile: "( \"v=DKIM1; h=sha256; k=rsa; \""
SEEN
)
echo "$output"
[ "$output" = "$expected" ] || { echo "The behaviour is another; it was:"; echo "$expected"; exit 1; }
