#!/usr/bin/env bash
# gpx-parse 0.10.4 moves a point on the equator to one degree south, a point on the prime meridian to one degree west, and sea level below the sea.
#
# GPX 1.1, latitudeType and longitudeType: decimal degrees from -90 to 90 and from -180 to below 180; ele is the height in metres. Zero is a value
# as any other. The parser takes a number that is false in JavaScript for a missing one, and -1 for that. A track across the
# meridian of Greenwich thus jumps a degree to the west and back, and one along a beach lies a metre below the sea here and there.
#
# Guess before the first run: the numbers of the file.
# Seen: -1 for each zero; the other number of the same point is right. A missing height is -1 as well.
#
# Needs: Node 20 or newer with npm. Exits with 1 if the behaviour is another.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

npm install --silent --no-audit --no-fund --ignore-scripts gpx-parse@0.10.4 >/dev/null

cat > try.mjs <<'SCRIPT'
import parser from "gpx-parse";

const points = [["51.5", "0"], ["0", "9.5"], ["0.0", "0.000001"], ["-1", "-1"]];
const waypoint = ([latitude, longitude]) => `<wpt lat="${latitude}" lon="${longitude}"><ele>0</ele></wpt>`;
const text = `<gpx version="1.1" creator="example" xmlns="http://www.topografix.com/GPX/1/1">${points.map(waypoint).join("")}</gpx>`;
parser.parseGpx(text, (error, data) => {
  if (error) throw error;
  data.waypoints.forEach(({ lat, lon, elevation }, index) => {
    console.log(`${points[index].join(" ")} at 0 m -> ${lat} ${lon} at ${elevation} m`);
  });
});
SCRIPT
output=$(timeout 60 node try.mjs)
expected=$(cat <<'SEEN'
51.5 0 at 0 m -> 51.5 -1 at -1 m
0 9.5 at 0 m -> -1 9.5 at -1 m
0.0 0.000001 at 0 m -> -1 0.000001 at -1 m
-1 -1 at 0 m -> -1 -1 at -1 m
SEEN
)
echo "$output"
[ "$output" = "$expected" ] || { echo "The behaviour is another; it was:"; echo "$expected"; exit 1; }
