#!/usr/bin/env bash
# ics 3.12.0 writes the excepted day of an all-day series as "EXDATE:20200104", without VALUE=DATE; ical.js 2.2.1 then can't read the series.
#
# RFC 5545 §3.8.5.1: the default type of EXDATE is DATE-TIME; a date needs "VALUE=DATE", as the library writes it for DTSTART and DTEND. A caller
# gives the three numbers of a day for all of them; the README shows exceptions with a time only, and a day alone causes no error.
#
# Guess before the first run: the days 2, 3 and 5.
# Seen: an error from ical.js; with "VALUE=DATE" put in by hand, the days 2, 3 and 5.
#
# Needs: Node 20 or newer with npm. Exits with 1 if the behaviour is another.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

npm install --silent --no-audit --no-fund --ignore-scripts ics@3.12.0 ical.js@2.2.1 >/dev/null

cat > try.mjs <<'SCRIPT'
import ICAL from "ical.js";
import { createEvent } from "ics";

const days = (text) => {
  try {
    const iterator = new ICAL.Event(new ICAL.Component(ICAL.parse(text)).getFirstSubcomponent("vevent")).iterator();
    const found = [];
    for (let day = iterator.next(); day; day = iterator.next()) found.push(day.toString());
    return found.join(", ");
  } catch (error) {
    return error.message;
  }
};
const { value } = createEvent({ uid: "1@example.test", title: "open", start: [2020, 1, 2], end: [2020, 1, 3], recurrenceRule: "FREQ=DAILY;COUNT=4", exclusionDates: [[2020, 1, 4]] });
console.log(value.match(/^(DTSTART|DTEND|EXDATE).*$/gm).join(", "));
console.log("as it is:", days(value));
console.log("with VALUE=DATE:", days(value.replace("EXDATE:", "EXDATE;VALUE=DATE:")));
SCRIPT
output=$(timeout 60 node try.mjs)
expected=$(cat <<'SEEN'
DTSTART;VALUE=DATE:20200102, DTEND;VALUE=DATE:20200103, EXDATE:20200104
as it is: invalid date-time value: "2020-01-04T::"
with VALUE=DATE: 2020-01-02, 2020-01-03, 2020-01-05
SEEN
)
echo "$output"
[ "$output" = "$expected" ] || { echo "The behaviour is another; it was:"; echo "$expected"; exit 1; }
