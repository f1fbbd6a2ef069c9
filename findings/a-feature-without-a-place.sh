#!/usr/bin/env bash
# geojson-bbox 0.0.1 and geojson-bounds 1.0.4 find no bounds for a whole collection if one of its features has no place.
#
# RFC 7946 §3.2: "geometry" is null if a feature has no place. Such rows are usual in published data: an event whose address isn't known yet. A map
# that centers on the bounds then shows nothing of all the other features.
#
# Guess before the first run: the bounds of the others, as @maptalks/geojson-bbox 1.0.5 gives.
# Seen: an error that says nothing of the feature.
#
# Needs: Node 20 or newer with npm. Exits with 1 if the behaviour is another.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

npm install --silent --no-audit --no-fund --ignore-scripts geojson-bbox@0.0.1 geojson-bounds@1.0.4 @maptalks/geojson-bbox@1.0.5 >/dev/null

cat > try.mjs <<'SCRIPT'
import maptalks from "@maptalks/geojson-bbox";
import bbox from "geojson-bbox";
import bounds from "geojson-bounds";

const feature = (coordinates) => ({ type: "Feature", properties: {}, geometry: coordinates && { type: "Point", coordinates } });
const attempt = (find, collection) => {
  try {
    return find(collection).join(" ");
  } catch (error) {
    return error.message;
  }
};
for (const features of [[feature([1, 2]), feature([3, 4])], [feature([1, 2]), feature(null), feature([3, 4])]]) {
  for (const [name, find] of [["geojson-bbox", bbox], ["geojson-bounds", bounds.extent], ["@maptalks/geojson-bbox", maptalks]]) {
    console.log(`${features.length} features, ${name}: ${attempt(find, { type: "FeatureCollection", features })}`);
  }
}
SCRIPT
output=$(timeout 60 node try.mjs)
expected=$(cat <<'SEEN'
2 features, geojson-bbox: 1 2 3 4
2 features, geojson-bounds: 1 2 3 4
2 features, @maptalks/geojson-bbox: 1 2 3 4
3 features, geojson-bbox: Cannot read properties of null (reading 'type')
3 features, geojson-bounds: Cannot read properties of null (reading 'type')
3 features, @maptalks/geojson-bbox: 1 2 3 4
SEEN
)
echo "$output"
[ "$output" = "$expected" ] || { echo "The behaviour is another; it was:"; echo "$expected"; exit 1; }
