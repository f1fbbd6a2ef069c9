#!/usr/bin/env bash
# ical2json 5.0.0, ics-parser 0.1.5, ical-js-parser 0.7.4 and ical-toolkit 1.0.9 cut a line that is folded by a tab.
#
# RFC 5545 §3.1: a long line may be split "by inserting a CRLF immediately followed by a single linear white-space character (i.e., SPACE or HTAB)".
# Each of the four knows the space, drops what follows a tab, and gives no error: a long description or address of a meeting ends in its middle.
#
# Expected: "one two" for both.
# Seen: "one t" for the tab; ical.js and ical 0.8.0 read it right.
#
# Needs: Node 20 or newer with npm. Exits with 1 if the behaviour is another.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

npm install --silent --no-audit --no-fund --ignore-scripts ical.js@2.2.1 ical@0.8.0 ical2json@5.0.0 ics-parser@0.1.5 ical-js-parser@0.7.4 ical-toolkit@1.0.9 >/dev/null

cat > try.mjs <<'SCRIPT'
import ICAL from "ical.js";
import ical from "ical";
import writer from "ical-js-parser";
import toolkit from "ical-toolkit";
import { convert } from "ical2json";
import icsParser from "ics-parser";

const readers = {
  "ical.js": (text) => new ICAL.Component(ICAL.parse(text)).getFirstSubcomponent("vevent").getFirstPropertyValue("summary"),
  ical: (text) => ical.parseICS(text)["1@example.test"].summary,
  ical2json: (text) => convert(text).VCALENDAR[0].VEVENT[0].SUMMARY,
  "ics-parser": (text) => icsParser(text)[0].name,
  "ical-js-parser": (text) => (writer.default ?? writer).toJSON(text).events[0].summary,
  "ical-toolkit": (text) => toolkit.parseToJSON(text).VCALENDAR[0].VEVENT[0].SUMMARY,
};
for (const [name, read] of Object.entries(readers)) {
  const answers = [" ", "\t"].map((space) => {
    const lines = ["UID:1@example.test", "DTSTAMP:20200101T000000Z", "DTSTART:20200102T100000Z", "SUMMARY:one t", `${space}wo`];
    return read(["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//example//EN", "BEGIN:VEVENT", ...lines, "END:VEVENT", "END:VCALENDAR", ""].join("\r\n"));
  });
  console.log(`${name}: ${answers.join("; ")}`);
}
SCRIPT
output=$(timeout 60 node try.mjs)
expected=$(cat <<'SEEN'
ical.js: one two; one two
ical: one two; one two
ical2json: one two; one t
ics-parser: one two; one t
ical-js-parser: one two; one t
ical-toolkit: one two; one t
SEEN
)
echo "$output"
[ "$output" = "$expected" ] || { echo "The behaviour is another; it was:"; echo "$expected"; exit 1; }
