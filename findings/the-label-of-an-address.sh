#!/usr/bin/env bash
# vcf 2.1.2 cuts the label of RFC 6350's own example of an address at its colon, and vcard4 4.0.5 makes a list of it at its commas.
#
# RFC 6350 §3.3: a parameter's value that has a comma, a colon or a semicolon stands between quotation marks, and is one value then. §6.3.1 has the
# line below. The first library takes the rest of the label for the post office box of the address; the second gives a list where a label
# without a comma is a text, and a caller who expects a text prints the wrong thing or fails.
#
# Expected: an empty post office box and the whole label, as ical.js gives.
# Seen: half of the label in the post office box; a list of three.
#
# Needs: Node 20 or newer with npm. Exits with 1 if the behaviour is another.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

npm install --silent --no-audit --no-fund --ignore-scripts vcf@2.1.2 vcard4@4.0.5 ical.js@2.2.1 >/dev/null

cat > try.mjs <<'SCRIPT'
import ICAL from "ical.js";
import Card from "vcf";
import { parse } from "vcard4";

const label = "Mr. John Q. Public, Esq.\\nMail Drop: TNE QB\\n123 Main Street\\nAny Town, CA  91921-1234\\nU.S.A.";
for (const text of ["123 Main Street", label]) {
  const card = ["BEGIN:VCARD", "VERSION:4.0", "FN:John", `ADR;LABEL="${text}":;;123 Main Street;Any Town;CA;91921-1234;U.S.A.`, "END:VCARD", ""].join("\r\n");
  const first = new ICAL.Component(ICAL.parse(card)).getFirstProperty("adr");
  console.log("ical.js:", JSON.stringify([first.getFirstValue()[0], first.getParameter("label")]));
  const second = new Card().parse(card).get("adr");
  console.log("vcf:", JSON.stringify([second.valueOf().split(";")[0], second.label]));
  const { value, parameters } = parse(card).parsedVcard.find(({ property }) => property === "ADR");
  console.log("vcard4:", JSON.stringify([value.postOfficeBox, parameters.LABEL]));
}
SCRIPT
output=$(timeout 60 node try.mjs)
expected=$(cat <<'SEEN'
ical.js: ["","123 Main Street"]
vcf: ["","\"123 Main Street\""]
vcard4: ["","123 Main Street"]
ical.js: ["","Mr. John Q. Public, Esq.\nMail Drop: TNE QB\n123 Main Street\nAny Town, CA  91921-1234\nU.S.A."]
vcf: [" TNE QB\\n123 Main Street\\nAny Town, CA  91921-1234\\nU.S.A.\":","\"Mr. John Q. Public, Esq.\\nMail Drop"]
vcard4: ["",["Mr. John Q. Public"," Esq.\nMail Drop: TNE QB\n123 Main Street\nAny Town"," CA  91921-1234\nU.S.A."]]
SEEN
)
echo "$output"
[ "$output" = "$expected" ] || { echo "The behaviour is another; it was:"; echo "$expected"; exit 1; }
