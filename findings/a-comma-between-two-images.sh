#!/usr/bin/env bash
# srcset-parse 1.1.0 takes the comma between two images for the beginning of the second one's address.
#
# HTML, "Images", "srcset attributes": images are separated by a comma; white space must follow it only if the one before has no descriptor. Programs that
# shorten pages drop the space. A program that copies a site, or checks its links, then asks for ",b.png" and misses the image.
#
# Expected: a.png and b.png, as parse-srcset 1.0.2 has them.
# Seen: ",b.png"; and a density with an exponent, which is a valid number in HTML, becomes an image of its own.
#
# Needs: Node 20 or newer with npm. Exits with 1 if the behaviour is another.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

npm install --silent --no-audit --no-fund --ignore-scripts srcset-parse@1.1.0 parse-srcset@1.0.2 >/dev/null

cat > try.mjs <<'SCRIPT'
import other from "parse-srcset";
import parser from "srcset-parse";

const list = (images) => images.map(({ url, density, d, width, w }) => `${url} ${density ?? d ?? width ?? w ?? "as it is"}`).join(" and ");
for (const srcset of ["a.png 2x, b.png 3x", "a.png 2x,b.png 3x", "a.png 100w,b.png 200w", "a.png 1e1x"]) {
  console.log(`${srcset}: ${list((parser.default ?? parser)(srcset))}; parse-srcset: ${list(other(srcset))}`);
}
SCRIPT
output=$(timeout 60 node try.mjs)
expected=$(cat <<'SEEN'
a.png 2x, b.png 3x: a.png 2 and b.png 3; parse-srcset: a.png 2 and b.png 3
a.png 2x,b.png 3x: a.png 2 and ,b.png 3; parse-srcset: a.png 2 and b.png 3
a.png 100w,b.png 200w: a.png 100 and ,b.png 200; parse-srcset: a.png 100 and b.png 200
a.png 1e1x: a.png as it is and 1e1x as it is; parse-srcset: a.png 10
SEEN
)
echo "$output"
[ "$output" = "$expected" ] || { echo "The behaviour is another; it was:"; echo "$expected"; exit 1; }
