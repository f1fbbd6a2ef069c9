#!/usr/bin/env bash
# accept-language-parser 1.5.0 picks nothing for "Accept-Language: *", by which a client says that any language will do.
#
# RFC 9110 §12.5.4 with RFC 4647 §2.1: "*" matches any language; §3.3.1 of the latter has it match in filtering. Node's fetch
# sends it by default.
#
# Guess before the first run: the first of the supported languages.
# Seen: null, as for a language that is not there; "de" is found beside it.
#
# Needs: Node 20 or newer with npm. Exits with 1 if the behaviour is another.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

npm install --silent --no-audit --no-fund --ignore-scripts accept-language-parser@1.5.0 >/dev/null

cat > try.mjs <<'SCRIPT'
import parser from "accept-language-parser";

for (const field of ["de", "*", "fr, *;q=0.5"]) console.log(field, parser.pick(["en", "de"], field));
SCRIPT
output=$(timeout 60 node try.mjs)
expected=$(cat <<'SEEN'
de de
* null
fr, *;q=0.5 null
SEEN
)
echo "$output"
[ "$output" = "$expected" ] || { echo "The behaviour is another; it was:"; echo "$expected"; exit 1; }
