#!/usr/bin/env bash
# @plussub/srt-vtt-parser 2.0.5 reads the end of a cue that has settings and times without hours as two minutes or NaN.
#
# WebVTT §4.1: the hours of a time may be left out, and a cue's settings ("line:0" puts it at the top) follow the second time behind a
# space. Such a line stays on the screen for two minutes, or, since NaN is neither before nor behind anything, for good or never.
#
# Expected: 2500 milliseconds for all.
# Seen: 120000 for "line:0", and NaN for the others; with hours, or without settings, it is right.
#
# Needs: Node 20 or newer with npm. Exits with 1 if the behaviour is another.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

npm install --silent --no-audit --no-fund --ignore-scripts @plussub/srt-vtt-parser@2.0.5 >/dev/null

cat > try.mjs <<'SCRIPT'
import { parse } from "@plussub/srt-vtt-parser";

for (const hours of ["00:", ""]) {
  for (const settings of ["", " line:0", " align:start position:10%"]) {
    const cue = `${hours}00:01.000 --> ${hours}00:02.500${settings}`;
    console.log(`${cue}: ${parse(`WEBVTT\n\n${cue}\nhello\n`).entries[0].to}`);
  }
}
SCRIPT
output=$(timeout 60 node try.mjs)
expected=$(cat <<'SEEN'
00:00:01.000 --> 00:00:02.500: 2500
00:00:01.000 --> 00:00:02.500 line:0: 2500
00:00:01.000 --> 00:00:02.500 align:start position:10%: 2500
00:01.000 --> 00:02.500: 2500
00:01.000 --> 00:02.500 line:0: 120000
00:01.000 --> 00:02.500 align:start position:10%: NaN
SEEN
)
echo "$output"
[ "$output" = "$expected" ] || { echo "The behaviour is another; it was:"; echo "$expected"; exit 1; }
