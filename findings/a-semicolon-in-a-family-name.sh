#!/usr/bin/env bash
# vcf 2.1.2 cuts a name at a semicolon that has a backslash before it, and keeps the backslashes of all other texts, in jCards too.
#
# RFC 6350 §3.4: "\;", "\," and "\n" stand for a semicolon, a comma and a line's end within a value. Only a semicolon without a backslash ends a part
# of a name. RFC 7095 §3.3: a jCard has the characters themselves. So an address book that imports contacts with this package has a wrong given name,
# and shows notes with backslashes in them.
#
# Expected: each text as its owner wrote it.
# Seen: "Doe\" and "sons" as family and given name, and backslashes. ical.js 2.2.1 gives all of them as they should be.
#
# Needs: Node 20 or newer with npm. Exits with 1 if the behaviour is another.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

npm install --silent --no-audit --no-fund --ignore-scripts vcf@2.1.2 ical.js@2.2.1 >/dev/null

cat > try.mjs <<'SCRIPT'
import ical from "ical.js";
import VCard from "vcf";

const lines = ["BEGIN:VCARD", "VERSION:4.0", "FN:x", "N:Doe\\; sons;Jane;;;", "NOTE:one\\, two\\nthree", "TITLE:a\\\\b", "END:VCARD", ""];
const text = lines.join("\r\n");
for (const [name, properties] of [["vcf", new VCard().parse(text).toJSON()[1]], ["ical.js", ical.parse(text)[1]]]) {
  for (const [property, , , value] of properties.slice(2)) {
    console.log(`${name}: ${property} ${JSON.stringify(value)}`);
  }
}
SCRIPT
output=$(timeout 60 node try.mjs)
expected=$(cat <<'SEEN'
vcf: n ["Doe\\"," sons","Jane","","",""]
vcf: note "one\\, two\\nthree"
vcf: title "a\\\\b"
ical.js: n ["Doe; sons","Jane","","",""]
ical.js: note "one, two\nthree"
ical.js: title "a\\b"
SEEN
)
echo "$output"
[ "$output" = "$expected" ] || { echo "The behaviour is another; it was:"; echo "$expected"; exit 1; }
