#!/usr/bin/env bash
# gpxparser 3.0.8 and @we-gold/gpxjs 1.2.0 count the way between two segments of a track as travelled: 643 kilometres for 22.
#
# GPX 1.1, trksegType: a segment holds points that are connected in order; a track on which the receiver was off or had no signal has a new
# segment for each span. So nothing is known of the way between two segments, and a journey by train or aeroplane may lie there. Both libraries
# put the points of all segments into one list, add up its distances, and write it as one line into GeoJSON. The list doesn't say where
# a segment ends, so a caller can't undo it.
#
# Guess before the first run: 22 kilometres for both tracks, and two lines for the second, as @tmcw/togeojson gives.
# Seen: 643 kilometres and one line for the second, from both.
#
# Needs: Node 20 or newer with npm. Exits with 1 if the behaviour is another.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

npm install --silent --no-audit --no-fund --ignore-scripts gpxparser@3.0.8 @we-gold/gpxjs@1.2.0 @tmcw/togeojson@7.1.3 jsdom@26.1.0 >/dev/null

cat > try.mjs <<'SCRIPT'
import { gpx } from "@tmcw/togeojson";
import { parseGPXWithCustomParser } from "@we-gold/gpxjs";
import { JSDOM } from "jsdom";

const { DOMParser } = new JSDOM("").window;
globalThis.window = { DOMParser };
const { default: GpxParser } = await import("gpxparser");

const point = (latitude, longitude) => `<trkpt lat="${latitude}" lon="${longitude}"/>`;
const start = point(1, 2) + point(1.1, 2);
const tracks = {
  "one segment": `<trkseg>${start}${point(1.2, 2)}</trkseg>`,
  "two segments": `<trkseg>${start}</trkseg><trkseg>${point(5, 6)}${point(5.1, 6)}</trkseg>`,
};
const lines = ({ features: [{ geometry }] }) => (geometry.type === "MultiLineString" ? geometry.coordinates.length : 1);
for (const [name, track] of Object.entries(tracks)) {
  const text = `<gpx version="1.1" creator="example" xmlns="http://www.topografix.com/GPX/1/1"><trk>${track}</trk></gpx>`;
  const document = new DOMParser().parseFromString(text, "text/xml");
  console.log(`${name}, @tmcw/togeojson: lines ${lines(gpx(document))}`);
  const parser = new GpxParser();
  parser.parse(text);
  console.log(`${name}, gpxparser: lines ${lines(parser.toGeoJSON())}, km ${Math.round(parser.tracks[0].distance.total / 1000)}`);
  const [file] = parseGPXWithCustomParser(text, () => document);
  console.log(`${name}, gpxjs: lines ${lines(file.toGeoJSON())}, km ${Math.round(file.tracks[0].distance.total / 1000)}`);
}
SCRIPT
output=$(timeout 60 node try.mjs)
expected=$(cat <<'SEEN'
one segment, @tmcw/togeojson: lines 1
one segment, gpxparser: lines 1, km 22
one segment, gpxjs: lines 1, km 22
two segments, @tmcw/togeojson: lines 2
two segments, gpxparser: lines 1, km 643
two segments, gpxjs: lines 1, km 643
SEEN
)
echo "$output"
[ "$output" = "$expected" ] || { echo "The behaviour is another; it was:"; echo "$expected"; exit 1; }
