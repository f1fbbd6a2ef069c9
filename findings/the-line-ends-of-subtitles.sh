#!/usr/bin/env bash
# simple-subtitle-parser 2.0.0 reads an .srt file with CRLF as a single cue that holds all the others; @plussub/srt-vtt-parser 2.0.5 and
# vtt-to-json 0.1.1 leave a CR at the end of each text.
#
# WebVTT §4.1: lines end with CRLF, LF or CR. SubRip, the program that .srt files come from, runs on Windows and writes CRLF. A player that uses
# the first library shows the whole film's text at once. With the others, a text doesn't equal "hello", and prints as a broken line.
#
# Guess before the first run: the same cues for all line ends.
# Seen: so with LF alone.
#
# Needs: Node 20 or newer with npm. Exits with 1 if the behaviour is another.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

npm install --silent --no-audit --no-fund --ignore-scripts simple-subtitle-parser@2.0.0 @plussub/srt-vtt-parser@2.0.5 vtt-to-json@0.1.1 >/dev/null

cat > try.mjs <<'SCRIPT'
import { parse } from "@plussub/srt-vtt-parser";
import simple from "simple-subtitle-parser";
import vttToJson from "vtt-to-json";

const cues = (first, second) => ["1", first, "hello", "", "2", second, "world"];
const srt = [...cues("00:00:01,000 --> 00:00:02,000", "00:00:03,000 --> 00:00:04,000"), ""];
const vtt = ["WEBVTT", "", ...cues("00:00:01.000 --> 00:00:02.000", "00:00:03.000 --> 00:00:04.000").filter((line) => !/^\d$/.test(line))];
for (const end of ["\n", "\r\n"]) {
  console.log(`${JSON.stringify(end)}, simple-subtitle-parser: ${JSON.stringify((await simple.parser("srt", srt.join(end))).map(({ text }) => text))}`);
  console.log(`${JSON.stringify(end)}, @plussub/srt-vtt-parser: ${JSON.stringify(parse(vtt.join(end)).entries.map(({ text }) => text))}`);
  console.log(`${JSON.stringify(end)}, vtt-to-json: ${JSON.stringify((await vttToJson(vtt.join(end))).map(({ part }) => part))}`);
}
SCRIPT
output=$(timeout 60 node try.mjs)
expected=$(cat <<'SEEN'
"\n", simple-subtitle-parser: [["hello"],["world"]]
"\n", @plussub/srt-vtt-parser: ["hello","world"]
"\n", vtt-to-json: ["hello","","world"]
"\r\n", simple-subtitle-parser: [["hello\r","\r","2\r","00:00:03,000 --> 00:00:04,000\r","world\r"]]
"\r\n", @plussub/srt-vtt-parser: ["hello\r","world"]
"\r\n", vtt-to-json: ["hello\r","\r","world"]
SEEN
)
echo "$output"
[ "$output" = "$expected" ] || { echo "The behaviour is another; it was:"; echo "$expected"; exit 1; }
