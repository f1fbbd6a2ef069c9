#!/usr/bin/env bash
# rrule 2.8.1, rfc5545-rrule 1.1.1 and rrecur 2.0.0 (all of npm) turn a rule's last day into a time in UTC, which Python's dateutil 2.8.2 (Debian's
# python3-dateutil 2.8.2-2) then refuses.
#
# RFC 5545 §3.3.10: the value of UNTIL "MUST have the same value type as the "DTSTART" property", and be a local time if DTSTART is one. So a
# series of whole days, or one at a local time, is invalid once a program has read its rule and written it. dateutil checks that; its message
# is about time zones, of which the calendar has none.
#
# Guess before the first run: each rule as it was.
# Seen: "Z" behind each of them, and an error for the two that had none; dateutil takes the original ones. On a machine in another time zone than UTC,
# rfc5545-rrule and rrecur move the time too.
#
# Needs: a Debian bookworm with apt, Node 20 or newer with npm, and python3. Exits with 1 if the behaviour is another.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

npm install --silent --no-audit --no-fund --ignore-scripts rrule@2.8.1 rfc5545-rrule@1.1.1 rrecur@2.0.0 >/dev/null
apt-get download -q python3-dateutil=2.8.2-2 python3-six=1.16.0-4 >/dev/null 2>&1
for package in ./*.deb; do dpkg-deb -x "$package" root; done

cat > try.mjs <<'SCRIPT'
import { RRule as Second } from "rfc5545-rrule";
import { Rrecur } from "rrecur";
import rrule from "rrule";

for (const end of ["20200104", "20200104T100000", "20200104T100000Z"]) {
  const rule = `FREQ=DAILY;UNTIL=${end}`;
  const written = [rrule.RRule.fromString(rule).toString(), Second.fromString(`RRULE:${rule}`).toString(), Rrecur.stringify(Rrecur.parse(rule))];
  console.log([rule, ...written.map((text) => text.replace("RRULE:", ""))].join(" "));
}
SCRIPT
cat > read.py <<'PYTHON'
import sys
from datetime import datetime, timezone
from dateutil.rrule import rrulestr


def days(rule, start):
    try:
        return f"{len(list(rrulestr(rule, dtstart=start)))} days"
    except ValueError as error:
        return str(error)


for line in sys.stdin:
    before, *after = line.split()
    start = datetime(2020, 1, 2, tzinfo=timezone.utc if before.endswith("Z") else None)
    print(f"{before}: {days(before, start)}")
    for name, rule in zip(("rrule", "rfc5545-rrule", "rrecur"), after):
        print(f"  {name}: {rule}: {days(rule, start)}")
PYTHON
output=$(TZ=UTC timeout 60 node try.mjs | PYTHONPATH="$work/root/usr/lib/python3/dist-packages" timeout 60 python3 read.py)
expected=$(cat <<'SEEN'
FREQ=DAILY;UNTIL=20200104: 3 days
  rrule: FREQ=DAILY;UNTIL=20200104T000000Z: RRULE UNTIL values must be specified in UTC when DTSTART is timezone-aware
  rfc5545-rrule: FREQ=DAILY;UNTIL=20200104T000000Z: RRULE UNTIL values must be specified in UTC when DTSTART is timezone-aware
  rrecur: FREQ=DAILY;UNTIL=20200104T000000Z: RRULE UNTIL values must be specified in UTC when DTSTART is timezone-aware
FREQ=DAILY;UNTIL=20200104T100000: 3 days
  rrule: FREQ=DAILY;UNTIL=20200104T100000Z: RRULE UNTIL values must be specified in UTC when DTSTART is timezone-aware
  rfc5545-rrule: FREQ=DAILY;UNTIL=20200104T100000Z: RRULE UNTIL values must be specified in UTC when DTSTART is timezone-aware
  rrecur: FREQ=DAILY;UNTIL=20200104T100000Z: RRULE UNTIL values must be specified in UTC when DTSTART is timezone-aware
FREQ=DAILY;UNTIL=20200104T100000Z: 3 days
  rrule: FREQ=DAILY;UNTIL=20200104T100000Z: 3 days
  rfc5545-rrule: FREQ=DAILY;UNTIL=20200104T100000Z: 3 days
  rrecur: FREQ=DAILY;UNTIL=20200104T100000Z: 3 days
SEEN
)
echo "$output"
[ "$output" = "$expected" ] || { echo "The behaviour is another; it was:"; echo "$expected"; exit 1; }
