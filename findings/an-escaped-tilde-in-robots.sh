#!/usr/bin/env bash
# robots-parser 3.0.1 lets a crawler fetch /%7Eprivate where "/~private" is disallowed.
#
# RFC 9309 §2.2.2: before the comparison, an octet that is percent-encoded but is an unreserved character of RFC 3986 MUST be decoded; the tilde is
# one (RFC 3986 §2.3), so both are the same path.
#
# Guess before the first run: forbidden for both spellings in both files.
# Seen: each spelling of the rule meets only the same spelling of the URL.
#
# Needs: Node 20 or newer with npm. Exits with 1 if the behaviour is another.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

npm install --silent --no-audit --no-fund --ignore-scripts robots-parser@3.0.1 >/dev/null

cat > try.mjs <<'SCRIPT'
import robots from "robots-parser";

for (const rule of ["/~private", "/%7Eprivate"]) {
  const rules = robots("http://example.test/robots.txt", `User-agent: *\nDisallow: ${rule}\n`);
  for (const path of ["/~private", "/%7Eprivate"]) {
    console.log(`${rule}, ${path}:`, rules.isAllowed(`http://example.test${path}`, "bot") ? "allowed" : "forbidden");
  }
}
SCRIPT
output=$(timeout 60 node try.mjs)
expected=$(cat <<'SEEN'
/~private, /~private: forbidden
/~private, /%7Eprivate: allowed
/%7Eprivate, /~private: allowed
/%7Eprivate, /%7Eprivate: forbidden
SEEN
)
echo "$output"
[ "$output" = "$expected" ] || { echo "The behaviour is another; it was:"; echo "$expected"; exit 1; }
