#!/usr/bin/env bash
# http-cache-semantics 4.3.0 (got, make-fetch-happen and cacheable-request keep responses by it) does not know "Max-Age=60", only "max-age=60".
#
# RFC 9111 §5.2: "Cache directives are identified by a token, to be compared case-insensitively".
#
# Guess before the first run: 60 seconds for both.
# Seen: 60 for small letters, 0 for "Max-Age".
#
# Needs: Node 20 or newer with npm. Exits with 1 if the behaviour is another.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

npm install --silent --no-audit --no-fund --ignore-scripts http-cache-semantics@4.3.0 >/dev/null

cat > try.mjs <<'SCRIPT'
import CachePolicy from "http-cache-semantics";

const request = { url: "/", method: "GET", headers: {} };
for (const value of ["max-age=60", "Max-Age=60"]) {
  const headers = { date: new Date().toUTCString(), "cache-control": value };
  const policy = new CachePolicy(request, { status: 200, headers });
  console.log(value, Math.ceil(policy.timeToLive() / 1000));
}
SCRIPT
output=$(timeout 60 node try.mjs)
expected=$(cat <<'SEEN'
max-age=60 60
Max-Age=60 0
SEEN
)
echo "$output"
[ "$output" = "$expected" ] || { echo "The behaviour is another; it was:"; echo "$expected"; exit 1; }
