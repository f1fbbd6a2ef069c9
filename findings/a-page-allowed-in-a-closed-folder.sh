#!/usr/bin/env bash
# robots 0.10.1 (of npm) obeys the first rule that fits, not the longest, and drops rules that follow an empty line.
#
# RFC 9309 §2.2.2: "The most specific match found MUST be used. The most specific match is the match that has the most octets." §2.2: empty
# lines may stand between the user agents of a group and its rules. A site that opens one folder ("Allow: /news") below a
# general "Disallow: /" is never read; one with an empty line there is read as a whole, against its owner's will.
#
# Guess before the first run: as the longest rule says, in each order, with and without an empty line.
# Seen: the order decides, and an empty line opens all.
#
# Needs: Node 20 or newer with npm. Exits with 1 if the behaviour is another.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

npm install --silent --no-audit --no-fund --ignore-scripts robots@0.10.1 >/dev/null

cat > try.mjs <<'SCRIPT'
import robots from "robots";

const files = {
  "closed, then opened": ["User-agent: *", "Disallow: /", "Allow: /news"],
  "opened, then closed": ["User-agent: *", "Allow: /news", "Disallow: /"],
  "an empty line": ["User-agent: *", "", "Allow: /news", "Disallow: /"],
};
for (const [name, lines] of Object.entries(files)) {
  const parser = new robots.RobotsParser("http://example.test/robots.txt", "crawler");
  parser.parse([...lines, ""]);
  console.log(`${name}: /news/1 ${parser.canFetchSync("crawler", "/news/1")}, /private ${parser.canFetchSync("crawler", "/private")}`);
}
SCRIPT
output=$(timeout 60 node try.mjs)
expected=$(cat <<'SEEN'
closed, then opened: /news/1 false, /private false
opened, then closed: /news/1 true, /private false
an empty line: /news/1 true, /private true
SEEN
)
echo "$output"
[ "$output" = "$expected" ] || { echo "The behaviour is another; it was:"; echo "$expected"; exit 1; }
