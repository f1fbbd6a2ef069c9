#!/usr/bin/env bash
# magnet-uri 7.0.10 (parse-torrent uses it) reads "dn=C%2B%2B+guide" as "C   guide", and thus not the links that it writes itself.
#
# RFC 3986 §2.2 and §2.4: an escaped plus sign isn't the same as a plus sign, so the separators are dealt with first, and each character is
# decoded once. In the name of a magnet link "+" is a space, as in a form. The library decodes first, and then every plus sign is a space. The
# name is what a client calls the file until it has the torrent's own.
#
# Guess before the first run: the name that went in.
# Seen: spaces for plus signs; a percent sign comes back, and so do plus signs in the addresses of web seeds.
#
# Needs: Node 20 or newer with npm. Exits with 1 if the behaviour is another.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

npm install --silent --no-audit --no-fund --ignore-scripts magnet-uri@7.0.10 >/dev/null

cat > try.mjs <<'SCRIPT'
import magnet, { encode } from "magnet-uri";

const infoHash = "0123456789abcdef0123456789abcdef01234567";
for (const name of ["one guide", "100% sure", "C++ guide"]) {
  const link = encode({ infoHash, name, urlList: ["http://example.test/C++"] });
  const { name: seen, urlList } = magnet(link);
  console.log(`${name} -> ${/dn=[^&]*/.exec(link)[0]} -> ${seen}, from ${urlList}`);
}
SCRIPT
output=$(timeout 60 node try.mjs)
expected=$(cat <<'SEEN'
one guide -> dn=one+guide -> one guide, from http://example.test/C++
100% sure -> dn=100%25+sure -> 100% sure, from http://example.test/C++
C++ guide -> dn=C%2B%2B+guide -> C   guide, from http://example.test/C++
SEEN
)
echo "$output"
[ "$output" = "$expected" ] || { echo "The behaviour is another; it was:"; echo "$expected"; exit 1; }
