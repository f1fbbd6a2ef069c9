#!/usr/bin/env bash
# node-webvtt 2.0.0 and subtitle 4.2.2 refuse subtitles that have a style sheet.
#
# WebVTT, §4.1: behind the header there are zero or more blocks of regions, style sheets and comments, and then the cues; a style sheet is the line
# "STYLE" and the CSS up to an empty line. Tools that colour the speakers write one. Both libraries know a comment ("NOTE") as a block
# that is no cue.
#
# Guess before the first run: one cue for all, without its colour.
# Seen: one cue with and without a comment; an error for a style sheet, and for a region.
#
# Needs: Node 20 or newer with npm. Exits with 1 if the behaviour is another.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

npm install --silent --no-audit --no-fund --ignore-scripts node-webvtt@2.0.0 subtitle@4.2.2 >/dev/null

cat > try.mjs <<'SCRIPT'
import webvtt from "node-webvtt";
import { parseSync } from "subtitle";

const blocks = { nothing: "", NOTE: "NOTE made by hand\n\n", STYLE: "STYLE\n::cue { color: red }\n\n", REGION: "REGION\nid:top\nlines:3\n\n" };
const parsers = {
  "node-webvtt": (text) => webvtt.parse(text).cues.map(({ text }) => text),
  subtitle: (text) => parseSync(text).filter(({ type }) => type === "cue").map(({ data }) => data.text),
};
for (const [block, lines] of Object.entries(blocks)) {
  for (const [name, parse] of Object.entries(parsers)) {
    let answer;
    try {
      answer = parse(`WEBVTT\n\n${lines}00:01.000 --> 00:02.000\nhello\n`);
    } catch (error) {
      answer = error.message;
    }
    console.log(`${block}, ${name}: ${answer}`);
  }
}
SCRIPT
output=$(timeout 60 node try.mjs)
expected=$(cat <<'SEEN'
nothing, node-webvtt: hello
nothing, subtitle: hello
NOTE, node-webvtt: hello
NOTE, subtitle: hello
STYLE, node-webvtt: Cue identifier needs to be followed by timestamp (cue #0)
STYLE, subtitle: expected timestamp at row 3, but received: "STYLE"
REGION, node-webvtt: Cue identifier needs to be followed by timestamp (cue #0)
REGION, subtitle: expected timestamp at row 3, but received: "REGION"
SEEN
)
echo "$output"
[ "$output" = "$expected" ] || { echo "The behaviour is another; it was:"; echo "$expected"; exit 1; }
