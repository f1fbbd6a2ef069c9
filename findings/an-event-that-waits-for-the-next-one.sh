#!/usr/bin/env bash
# eventsource-parser 3.1.1 gives an event of a stream whose lines end with CR only when the next event arrives.
#
# HTML, "Server-sent events", §9.2.5: lines end with CR LF, LF or CR, and an empty line dispatches the event. The parser waits after a CR in case
# an LF follows. In a live stream each event is as late as the next one, and the last one never comes.
#
# Guess before the first run: two events each.
# Seen: two with LF, one with CR.
#
# Needs: Node 20 or newer with npm. Exits with 1 if the behaviour is another.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

npm install --silent --no-audit --no-fund --ignore-scripts eventsource-parser@3.1.1 >/dev/null

cat > try.mjs <<'SCRIPT'
import { createParser } from "eventsource-parser";

for (const [name, end] of [["LF", "\n"], ["CR", "\r"]]) {
  const events = [];
  const parser = createParser({ onEvent: ({ data }) => events.push(data) });
  for (const data of ["first", "second"]) parser.feed(`data: ${data}${end}${end}`);
  console.log(name, events.join(" "));
}
SCRIPT
output=$(timeout 60 node try.mjs)
expected=$(cat <<'SEEN'
LF first second
CR first
SEEN
)
echo "$output"
[ "$output" = "$expected" ] || { echo "The behaviour is another; it was:"; echo "$expected"; exit 1; }
