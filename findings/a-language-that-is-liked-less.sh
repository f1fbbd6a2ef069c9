#!/usr/bin/env bash
# http-accept 0.1.6 chooses the language or coding that stands first in a field, not the one with the highest weight, also one of the weight 0.
#
# RFC 9110 §12.4.2: of the weights, 1 is the most preferred and 0 means "not acceptable"; the order of a field's members says nothing. The package's
# README says that it "parses all accept header fields and sorts them according to the HTTP specification". Browsers write the most preferred
# member first, so it seems to work. A client that doesn't gets the wrong page, or one that it can't decode.
#
# Expected: en, br and text/html.
# Seen: de, gzip (which the client has excluded) and text/html: only media types are sorted.
#
# Needs: Node 20 or newer with npm. Exits with 1 if the behaviour is another.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

npm install --silent --no-audit --no-fund --ignore-scripts http-accept@0.1.6 >/dev/null

cat > try.mjs <<'SCRIPT'
import accept from "http-accept";

const request = { headers: { "accept-language": "de;q=0.1, en;q=0.9", "accept-encoding": "gzip;q=0, br;q=1", accept: "text/plain;q=0.1, text/html;q=0.9" } };
accept(request, {}, () => {});
const { languages, encodings, types } = request.accept;
console.log("language:", languages.join(", "), "->", languages.getBestMatch(["en", "de"]));
console.log("coding:", encodings.join(", "), "->", encodings.getBestMatch(["br", "gzip"]));
console.log("type:", types.map(({ mediarange }) => mediarange).join(", "), "->", types.getBestMatch(["text/plain", "text/html"]));
SCRIPT
output=$(timeout 60 node try.mjs)
expected=$(cat <<'SEEN'
language: de, en -> de
coding: gzip, br -> gzip
type: text/html, text/plain -> text/html
SEEN
)
echo "$output"
[ "$output" = "$expected" ] || { echo "The behaviour is another; it was:"; echo "$expected"; exit 1; }
