#!/usr/bin/env bash
# m3u8 0.0.10 and its copy @eyevinn/m3u8 0.5.9 cut the title of a segment at its first comma, and write it so.
#
# RFC 8216 §4.3.2.1: after the duration and a comma, the rest of the line is the title, in any characters. Playlists of songs name the singer and the
# song, often with a comma between them. A program that changes a playlist with one of these packages, to insert advertising, say, loses the
# song's name for good.
#
# Guess before the first run: the title as it is, as hls-parser 0.16.1 has it.
# Seen: "one" of "one, two".
#
# Needs: Node 20 or newer with npm. Exits with 1 if the behaviour is another.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

npm install --silent --no-audit --no-fund --ignore-scripts m3u8@0.0.10 @eyevinn/m3u8@0.5.9 hls-parser@0.16.1 >/dev/null

cat > try.mjs <<'SCRIPT'
import { once } from "node:events";
import { Readable } from "node:stream";
import copy from "@eyevinn/m3u8";
import hls from "hls-parser";
import m3u8 from "m3u8";

const lines = ["#EXTM3U", "#EXT-X-VERSION:3", "#EXT-X-TARGETDURATION:10", "#EXTINF:9.5,one, two", "a.ts", "#EXT-X-ENDLIST", ""];
const text = lines.join("\n");
for (const [name, library] of [["m3u8", m3u8], ["@eyevinn/m3u8", copy]]) {
  const [playlist] = await once(Readable.from([text]).pipe(library.createStream()), "m3u");
  const written = playlist.toString().split("\n").find((line) => line.startsWith("#EXTINF"));
  console.log(`${name}: ${playlist.items.PlaylistItem[0].properties.title}, written: ${written}`);
}
const playlist = hls.parse(text);
const written = hls.stringify(playlist).split("\n").find((line) => line.startsWith("#EXTINF"));
console.log(`hls-parser: ${playlist.segments[0].title}, written: ${written}`);
SCRIPT
output=$(timeout 60 node try.mjs)
expected=$(cat <<'SEEN'
m3u8: one, written: #EXTINF:9.5000,one
@eyevinn/m3u8: one, written: #EXTINF:9.5000,one
hls-parser: one, two, written: #EXTINF:9.5,one, two
SEEN
)
echo "$output"
[ "$output" = "$expected" ] || { echo "The behaviour is another; it was:"; echo "$expected"; exit 1; }
