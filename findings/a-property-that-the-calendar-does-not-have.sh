#!/usr/bin/env bash
# ical-js-parser 0.7.4 reads a property "E" with the value "EN" in each event, and writes it.
#
# RFC 5545 §3.6: "END:VEVENT" ends an event; §3.1: a line begins with the name of a property, and ends with CRLF. From a calendar with such lines each event
# gets a line "E:EN", which is no property of the standard; from one that was saved with LF it gets a line ":E", which has no name, so
# other programs refuse the whole calendar. A guest "Doe: J" (§3.2: quotation marks keep the colon) loses the space too.
#
# Guess before the first run: the same event, read and written.
# Seen: as above; the file that is written has no CRLF in either case. vobject 0.9.6.1 (Debian's python3-vobject 0.9.6.1-2) reads both originals.
#
# Needs: a Debian bookworm with apt, Node 20 or newer with npm, and python3. Exits with 1 if the behaviour is another.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

npm install --silent --no-audit --no-fund --ignore-scripts ical-js-parser@0.7.4 >/dev/null
apt-get download -q python3-vobject=0.9.6.1-2 python3-dateutil=2.8.2-2 python3-six=1.16.0-4 >/dev/null 2>&1
for package in ./*.deb; do dpkg-deb -x "$package" root; done

cat > read.py <<'PYTHON'
import vobject

for name in ("CRLF, original", "CRLF, written", "LF, original", "LF, written"):
    try:
        guest = vobject.readOne(open(name, newline="")).vevent.attendee.params["CN"]
        print(f"{name}: {guest}")
    except vobject.base.ParseError as error:
        print(f"{name}: {error}")
PYTHON

cat > try.mjs <<'SCRIPT'
import { writeFileSync } from "node:fs";
import parser from "ical-js-parser";

const event = ["BEGIN:VEVENT", "UID:1", "DTSTAMP:20200101T000000Z", "DTSTART:20200102T100000Z", 'ATTENDEE;CN="Doe: J":mailto:a@example.test', "END:VEVENT"];
const lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//example//test//EN", ...event, "END:VCALENDAR", ""];
for (const [name, end] of [["CRLF", "\r\n"], ["LF", "\n"]]) {
  const text = lines.join(end);
  writeFileSync(`${name}, original`, text);
  const written = parser.default.toString(parser.default.toJSON(text));
  writeFileSync(`${name}, written`, written);
  console.log(`${name}: ${JSON.stringify(written.slice(written.indexOf("ATTENDEE")))}`);
}
SCRIPT
output=$(timeout 60 node try.mjs && PYTHONPATH=root/usr/lib/python3/dist-packages timeout 60 python3 read.py)
expected=$(cat <<'SEEN'
CRLF: "ATTENDEE;CN=\"Doe:J\":mailto:a@example.test\nEND:VEVENT\nE:EN\nEND:VCALENDAR"
LF: "ATTENDEE;CN=\"Doe:J\":mailto:a@example.test\nEND:VEVENT\n:E\nEND:VCALENDAR"
CRLF, original: ['Doe: J']
CRLF, written: ['Doe:J']
LF, original: ['Doe: J']
LF, written: At line 19: Failed to parse line: :E
SEEN
)
echo "$output"
[ "$output" = "$expected" ] || { echo "The behaviour is another; it was:"; echo "$expected"; exit 1; }
