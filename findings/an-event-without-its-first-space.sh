#!/usr/bin/env bash
# fetch-event-stream 0.1.6 takes away all spaces before an event's data, and drops an event whose data is empty.
#
# HTML, "Server-sent events", §9.2.6: one space after the colon is removed ("If value starts with a U+0020 SPACE character, remove it"), so indented
# lines (code, YAML, a model's tokens) keep theirs. A line "data" makes the buffer a line feed, and the event is dispatched with an empty string.
#
# Guess before the first run: "  indented", and an event with "".
# Seen: "indented", and no second event.
#
# Needs: Node 20 or newer with npm. Exits with 1 if the behaviour is another.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

npm install --silent --no-audit --no-fund --ignore-scripts fetch-event-stream@0.1.6 >/dev/null

cat > try.mjs <<'SCRIPT'
import { events } from "fetch-event-stream";

for await (const event of events(new Response("data:   indented\n\ndata\n\ndata: last\n\n"))) console.log(JSON.stringify(event));
SCRIPT
output=$(timeout 60 node try.mjs)
expected=$(cat <<'SEEN'
{"data":"indented"}
{"data":"last"}
SEEN
)
echo "$output"
[ "$output" = "$expected" ] || { echo "The behaviour is another; it was:"; echo "$expected"; exit 1; }
