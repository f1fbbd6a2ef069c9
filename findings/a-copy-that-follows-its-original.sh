#!/usr/bin/env bash
# json8-patch 1.0.6: after "copy" both members are one object, so a later operation on one changes the other.
#
# RFC 6902 §4.5: "copy" is "functionally identical to an "add" operation at the target location using the value specified in the "from"
# member". In JSON nothing is shared between two places.
#
# Guess before the first run: {"a":[1,2],"b":[1]}, as fast-json-patch and rfc6902 give.
# Seen: {"a":[1,2],"b":[1,2]}.
#
# Needs: Node 20 or newer with npm. Exits with 1 if the behaviour is another.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

npm install --silent --no-audit --no-fund --ignore-scripts json8-patch@1.0.6 >/dev/null

cat > try.mjs <<'SCRIPT'
import patch from "json8-patch";

const operations = [{ op: "copy", from: "/a", path: "/b" }, { op: "add", path: "/a/-", value: 2 }];
console.log(JSON.stringify(patch.apply({ a: [1] }, operations).doc));
SCRIPT
output=$(timeout 60 node try.mjs)
expected=$(cat <<'SEEN'
{"a":[1,2],"b":[1,2]}
SEEN
)
echo "$output"
[ "$output" = "$expected" ] || { echo "The behaviour is another; it was:"; echo "$expected"; exit 1; }
