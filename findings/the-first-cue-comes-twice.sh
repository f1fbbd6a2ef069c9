#!/usr/bin/env bash
# vtt-to-json 0.1.1 gives the first cue twice, the second time without text, and no last one if the file ends with a line's end.
#
# WebVTT §4.1: the last cue may be followed by line terminators, as it is in nearly all files. Two cues with the same text, one after
# the other, are two cues; here the second one has no text. Somebody who puts the texts together for a search or a translation misses the last
# line of each film, and gets no error.
#
# Expected: three cues from each file.
# Seen: as above; without the last line's end all three are there, beside the repeated one.
#
# Needs: Node 20 or newer with npm. Exits with 1 if the behaviour is another.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

npm install --silent --no-audit --no-fund --ignore-scripts vtt-to-json@0.1.1 >/dev/null

cat > try.mjs <<'SCRIPT'
import vttToJson from "vtt-to-json";

const files = { "a last line's end": ["one", "two", "three"].concat(""), "no last line's end": ["one", "two", "three"], "twice the same": ["one", "two", "two", "three"] };
for (const [name, texts] of Object.entries(files)) {
  const cues = texts.filter(Boolean).map((text, index) => `00:0${index + 1}.000 --> 00:0${index + 1}.900\n${text}`);
  const answer = await vttToJson(`WEBVTT\n\n${cues.join("\n\n")}${texts.includes("") ? "\n" : ""}`);
  console.log(`${name}: ${answer.map(({ start, part }) => `${start} ${part || "(nothing)"}`).join(", ")}`);
}
SCRIPT
output=$(timeout 60 node try.mjs)
expected=$(cat <<'SEEN'
a last line's end: 1000 one, 1000 (nothing), 2000 two
no last line's end: 1000 one, 1000 (nothing), 2000 two, 3000 three
twice the same: 1000 one, 1000 (nothing), 2000 two, 3000 (nothing), 4000 three
SEEN
)
echo "$output"
[ "$output" = "$expected" ] || { echo "The behaviour is another; it was:"; echo "$expected"; exit 1; }
