#!/usr/bin/env bash
# vcards-js 2.11.1 writes a company's name without a backslash before its semicolon, and an address of a page with one before its comma.
#
# RFC 2426 §4: text of a vCard 3.0 has a backslash before a semicolon, a comma and a backslash; §3.5.5: in ORG a bare semicolon begins the name of a
# department. §3.6.8: URL is an address, and has its commas as they are. So a contact that is served for download has another company and a
# department that doesn't exist, and a link that leads nowhere.
#
# Guess before the first run: "one\; two", and the same for the other texts; the address unchanged.
# Seen: the reverse, in each of three texts and in the address; ical.js 2.2.1 reads a department.
#
# Needs: Node 20 or newer with npm. Exits with 1 if the behaviour is another.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

npm install --silent --no-audit --no-fund --ignore-scripts vcards-js@2.11.1 ical.js@2.2.1 >/dev/null

cat > try.mjs <<'SCRIPT'
import ical from "ical.js";
import vCards from "vcards-js";

const card = vCards();
card.firstName = "Jane";
card.organization = "Doe; sons";
card.title = "first; second";
card.note = "one; two";
card.url = "https://example.test/a,b";
const text = card.getFormattedString();
console.log(text.split("\r\n").filter((line) => /^(ORG|TITLE|NOTE|URL)/.test(line)).join("\n"));
for (const [property, , , value] of ical.parse(text)[1]) {
  if (["org", "url"].includes(property)) console.log(`read: ${property} ${JSON.stringify(value)}`);
}
SCRIPT
output=$(timeout 60 node try.mjs)
expected=$(cat <<'SEEN'
TITLE:first; second
ORG:Doe; sons
URL:https://example.test/a\,b
NOTE:one; two
read: org ["Doe"," sons"]
read: url "https://example.test/a\\,b"
SEEN
)
echo "$output"
[ "$output" = "$expected" ] || { echo "The behaviour is another; it was:"; echo "$expected"; exit 1; }
