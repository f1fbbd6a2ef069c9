#!/usr/bin/env bash
# icalendar 0.7.1 reads the name "Doe; John" of a guest between quotation marks, and writes it without; other readers find another guest then.
#
# RFC 5545 §3.2: a parameter's value that has a colon, a semicolon or a comma must be written between quotation marks. The line without them is
# still a line of the format, so a reader doesn't complain: it finds another parameter, or takes all behind the first colon for the
# address. An invitation to that address doesn't arrive.
#
# Expected: the name and the address as before, for all names.
# Seen: so for "John Doe" and "Doe, John" (ical.js forgives the comma); a colon moves the rest of the line into the address.
#
# Needs: Node 20 or newer with npm. Exits with 1 if the behaviour is another.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

npm install --silent --no-audit --no-fund --ignore-scripts icalendar@0.7.1 ical.js@2.2.1 >/dev/null

cat > try.mjs <<'SCRIPT'
import ICAL from "ical.js";
import icalendar from "icalendar";

const guest = (text) => {
  const attendee = new ICAL.Component(ICAL.parse(text)).getFirstSubcomponent("vevent").getFirstProperty("attendee");
  return JSON.stringify([attendee.getParameter("cn"), attendee.getFirstValue()]);
};
for (const name of ["John Doe", "Doe, John", "Doe; John", "Doe: John"]) {
  const lines = ["BEGIN:VEVENT", "UID:1@example.test", "DTSTAMP:20200101T000000Z", "DTSTART:20200102T100000Z"];
  const attendee = `ATTENDEE;CN="${name}":mailto:john@example.test`;
  const text = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//example//EN", ...lines, attendee, "END:VEVENT", "END:VCALENDAR", ""].join("\r\n");
  console.log(`${guest(text)} -> ${guest(icalendar.parse_calendar(text).toString())}`);
}
SCRIPT
output=$(timeout 60 node try.mjs)
expected=$(cat <<'SEEN'
["John Doe","mailto:john@example.test"] -> ["John Doe","mailto:john@example.test"]
["Doe, John","mailto:john@example.test"] -> ["Doe, John","mailto:john@example.test"]
["Doe; John","mailto:john@example.test"] -> ["Doe","mailto:john@example.test"]
["Doe: John","mailto:john@example.test"] -> ["Doe"," John:mailto:john@example.test"]
SEEN
)
echo "$output"
[ "$output" = "$expected" ] || { echo "The behaviour is another; it was:"; echo "$expected"; exit 1; }
