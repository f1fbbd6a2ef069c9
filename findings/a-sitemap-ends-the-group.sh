#!/usr/bin/env bash
# robots-parser 3.0.1 lets a "Sitemap" line end the list of user agents, so the agents above it get no rules.
#
# RFC 9309 §2.2.4: "Parsing of other records MUST NOT interfere with the parsing of explicitly defined records in Section 2. For example, a
# "Sitemaps" record MUST NOT terminate a group." Both agents below share one group.
#
# Guess before the first run: /private is forbidden to both agents in both files.
# Seen: with the line between the agents, "one" may fetch it.
#
# Needs: Node 20 or newer with npm. Exits with 1 if the behaviour is another.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

npm install --silent --no-audit --no-fund --ignore-scripts robots-parser@3.0.1 >/dev/null

cat > try.mjs <<'SCRIPT'
import robots from "robots-parser";

const files = {
  "without sitemap": "User-agent: one\nUser-agent: two\nDisallow: /private\n",
  "with sitemap": "User-agent: one\nSitemap: http://example.test/map.xml\nUser-agent: two\nDisallow: /private\n",
};
for (const [name, text] of Object.entries(files)) {
  const rules = robots("http://example.test/robots.txt", text);
  for (const agent of ["one", "two"]) {
    console.log(`${name}, ${agent}:`, rules.isAllowed("http://example.test/private", agent) ? "allowed" : "forbidden");
  }
}
SCRIPT
output=$(timeout 60 node try.mjs)
expected=$(cat <<'SEEN'
without sitemap, one: forbidden
without sitemap, two: forbidden
with sitemap, one: allowed
with sitemap, two: forbidden
SEEN
)
echo "$output"
[ "$output" = "$expected" ] || { echo "The behaviour is another; it was:"; echo "$expected"; exit 1; }
