#!/usr/bin/env bash
# m3u8-file-parser 0.2.4 lets every part of a file begin at its first byte where the playlist states lengths only.
#
# RFC 8216 §4.3.2.2: in "EXT-X-BYTERANGE:<n>[@<o>]" the offset may be missing; the part then begins at the byte behind the part of the
# segment before. Encoders write a whole film into one file so, and a player asks the server for each part by a Range field. With this
# parser's offsets the player gets the film's beginning again and again, each time by a valid 206.
#
# Guess before the first run: the offsets 0, 100 and 150, as m3u8-parser and hls-parser give.
# Seen: 0 for all three.
#
# Needs: Node 20 or newer with npm. Exits with 1 if the behaviour is another.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

npm install --silent --no-audit --no-fund --ignore-scripts m3u8-file-parser@0.2.4 m3u8-parser@7.2.0 hls-parser@0.16.1 >/dev/null

cat > try.mjs <<'SCRIPT'
import hls from "hls-parser";
import FileParser from "m3u8-file-parser";
import m3u8 from "m3u8-parser";

const parts = ["100@0", "50", "10"].flatMap((part) => ["#EXTINF:4,", `#EXT-X-BYTERANGE:${part}`, "film.ts"]);
const playlist = ["#EXTM3U", "#EXT-X-VERSION:4", "#EXT-X-TARGETDURATION:4", ...parts, "#EXT-X-ENDLIST", ""].join("\n");

const first = new m3u8.Parser();
first.push(playlist);
first.end();
console.log("m3u8-parser:", first.manifest.segments.map(({ byterange }) => byterange.offset).join(", "));
console.log("hls-parser:", hls.parse(playlist).segments.map(({ byterange }) => byterange.offset).join(", "));
const reader = new FileParser();
reader.read(playlist);
console.log("m3u8-file-parser:", reader.getResult().segments.map(({ byteRange }) => byteRange.offset).join(", "));
SCRIPT
output=$(timeout 60 node try.mjs)
expected=$(cat <<'SEEN'
m3u8-parser: 0, 100, 150
hls-parser: 0, 100, 150
m3u8-file-parser: 0, 0, 0
SEEN
)
echo "$output"
[ "$output" = "$expected" ] || { echo "The behaviour is another; it was:"; echo "$expected"; exit 1; }
