#!/usr/bin/env bash
# fresh 2.0.0 (Express, send, Koa and others ask it for 304) never finds a tag that has a comma inside, so such a resource is sent anew each time.
#
# RFC 9110 §8.8.3: an entity tag is quoted, and may have any visible character but a quotation mark inside. The list of If-None-Match is
# split at each comma, those between quotation marks too.
#
# Guess before the first run: true for both tags, as the field holds exactly the tag of the response.
# Seen: true for "a-b", false for "a,b".
#
# Needs: Node 20 or newer with npm. Exits with 1 if the behaviour is another.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

npm install --silent --no-audit --no-fund --ignore-scripts fresh@2.0.0 >/dev/null

cat > try.mjs <<'SCRIPT'
import fresh from "fresh";

for (const tag of ['"a-b"', '"a,b"']) console.log(tag, fresh({ "if-none-match": tag }, { etag: tag }));
SCRIPT
output=$(timeout 60 node try.mjs)
expected=$(cat <<'SEEN'
"a-b" true
"a,b" false
SEEN
)
echo "$output"
[ "$output" = "$expected" ] || { echo "The behaviour is another; it was:"; echo "$expected"; exit 1; }
