#!/usr/bin/env bash
# node-ical 0.26.1 reads a backslash and an "n" as a line's end although the backslash is escaped, and cuts a category at an escaped comma.
#
# RFC 5545 §3.3.11: in a text "\\" is a backslash, "\n" a line's end and "\," a comma. So "C:\\new" is the folder C:\new. §3.8.1.2: the
# categories are a list of texts, whose separator is the comma without a backslash.
#
# Guess before the first run: C:\new, and the categories "one, two" and "three", as ical.js gives.
# Seen: "C:\", a line's end and "ew"; three categories, the first of which ends with a backslash.
#
# Needs: Node 20 or newer with npm. Exits with 1 if the behaviour is another.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

npm install --silent --no-audit --no-fund --ignore-scripts node-ical@0.26.1 ical.js@2.2.1 >/dev/null

cat > try.mjs <<'SCRIPT'
import ICAL from "ical.js";
import ical from "node-ical";

const text = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//example//EN", "BEGIN:VEVENT", "UID:1@example.test", "DTSTAMP:20200101T000000Z",
  "DTSTART:20200101T100000Z", "LOCATION:C:\\\\new", "CATEGORIES:one\\, two,three", "END:VEVENT", "END:VCALENDAR", ""].join("\r\n");
const first = new ICAL.Component(ICAL.parse(text)).getFirstSubcomponent("vevent");
console.log("ical.js:", JSON.stringify([first.getFirstPropertyValue("location"), first.getFirstProperty("categories").getValues()]));
const { location, categories } = ical.sync.parseICS(text)["1@example.test"];
console.log("node-ical:", JSON.stringify([location, categories]));
SCRIPT
output=$(timeout 60 node try.mjs)
expected=$(cat <<'SEEN'
ical.js: ["C:\\new",["one, two","three"]]
node-ical: ["C:\\\new",["one\\","two","three"]]
SEEN
)
echo "$output"
[ "$output" = "$expected" ] || { echo "The behaviour is another; it was:"; echo "$expected"; exit 1; }
