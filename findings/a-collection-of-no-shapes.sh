#!/usr/bin/env bash
# @terraformer/wkt 2.2.2, wellknown 0.5.0 and wkt 0.1.1 write an empty collection as "GEOMETRYCOLLECTION ()", which is no text of the format.
#
# RFC 7946 §3.1.8: the list of a GeometryCollection may be empty. OGC 06-103r4 §7.2.2: such a shape is "EMPTY" in text; parentheses hold one shape
# or more. A service that passes such text to a database has the whole row refused there. wellknown and wkt can't read "EMPTY" here either,
# and write "POINT ()" for a point that isn't known.
#
# Guess before the first run: "GEOMETRYCOLLECTION EMPTY", as wkx 0.5.0 writes.
# Seen: as above, and the first can't read its own text. shapely 1.8.5 (Debian's python3-shapely 1.8.5-2+b1), which asks GEOS as PostGIS does, refuses
# each of them.
#
# Needs: a Debian bookworm with apt (amd64), Node 20 or newer with npm, and python3. Exits with 1 if the behaviour is another.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

npm install --silent --no-audit --no-fund --ignore-scripts @terraformer/wkt@2.2.2 wellknown@0.5.0 wkt@0.1.1 wkx@0.5.0 >/dev/null
apt-get download -q python3-shapely=1.8.5-2+b1 libgeos-c1v5=3.11.1-1 libgeos3.11.1=3.11.1-1 python3-numpy=1:1.24.2-1+deb12u1 >/dev/null 2>&1
for package in ./*.deb; do dpkg-deb -x "$package" root; done

cat > read.py <<'PYTHON'
import sys
from shapely import wkt

for line in sys.stdin:
    library, text, own, empty = line.rstrip("\n").split("\t")
    try:
        other = wkt.loads(text).wkt
    except Exception:
        other = "an error"
    print(f"{library} writes {text}; it reads that as {own}, and EMPTY as {empty}; shapely: {other}")
PYTHON

cat > try.mjs <<'SCRIPT'
import * as terraformer from "@terraformer/wkt";
import wellknown from "wellknown";
import wkt from "wkt";
import wkx from "wkx";

const libraries = {
  "@terraformer/wkt": [terraformer.geojsonToWKT, terraformer.wktToGeoJSON],
  wellknown: [wellknown.stringify, wellknown.parse],
  wkt: [wkt.stringify, wkt.parse],
  wkx: [(shape) => wkx.Geometry.parseGeoJSON(shape).toWkt(), (text) => wkx.Geometry.parse(text).toGeoJSON()],
};
const attempt = (parse, text) => {
  try {
    return parse(text) === null ? "null" : "a shape";
  } catch {
    return "an error";
  }
};
for (const shape of [{ type: "GeometryCollection", geometries: [] }, { type: "Point", coordinates: [] }]) {
  for (const [name, [stringify, parse]] of Object.entries(libraries)) {
    const text = stringify(shape);
    console.log([name, text, attempt(parse, text), attempt(parse, `${shape.type.toUpperCase()} EMPTY`)].join("\t"));
  }
}
SCRIPT
export LD_LIBRARY_PATH=root/usr/lib/x86_64-linux-gnu PYTHONPATH=root/usr/lib/python3/dist-packages
output=$(timeout 60 node try.mjs | timeout 60 python3 read.py 2>/dev/null)
expected=$(cat <<'SEEN'
@terraformer/wkt writes GEOMETRYCOLLECTION(); it reads that as an error, and EMPTY as a shape; shapely: an error
wellknown writes GEOMETRYCOLLECTION (); it reads that as a shape, and EMPTY as null; shapely: an error
wkt writes GEOMETRYCOLLECTION (); it reads that as a shape, and EMPTY as null; shapely: an error
wkx writes GEOMETRYCOLLECTION EMPTY; it reads that as a shape, and EMPTY as a shape; shapely: GEOMETRYCOLLECTION EMPTY
@terraformer/wkt writes POINT EMPTY; it reads that as a shape, and EMPTY as a shape; shapely: POINT EMPTY
wellknown writes POINT (); it reads that as null, and EMPTY as null; shapely: an error
wkt writes POINT (); it reads that as null, and EMPTY as null; shapely: an error
wkx writes POINT EMPTY; it reads that as a shape, and EMPTY as a shape; shapely: POINT EMPTY
SEEN
)
echo "$output"
[ "$output" = "$expected" ] || { echo "The behaviour is another; it was:"; echo "$expected"; exit 1; }
