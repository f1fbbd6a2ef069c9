#!/usr/bin/env bash
# acc-lang-parser 1.0.4 reads a language's script as its country, and doesn't know languages of three letters.
#
# RFC 5646 §2.2.3: a script has four letters and stands before the region: "sr-Latn-RS" is Serbian in Latin letters as in Serbia. §2.2.1: languages
# may have three letters; "fil" is Filipino. Browsers send such tags in Accept-Language. A server that chooses prices, dates or a page by
# the country serves a reader from Serbia as one from Laos ("LA").
#
# Expected: zh and TW, sr and RS, fil, fil and PH, de and AT.
# Seen: the first two letters of the script as the country; "fil" is missing from the list, or a country without a language.
#
# Needs: Node 20 or newer with npm. Exits with 1 if the behaviour is another.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

npm install --silent --no-audit --no-fund --ignore-scripts acc-lang-parser@1.0.4 >/dev/null

cat > try.mjs <<'SCRIPT'
import parser from "acc-lang-parser";

for (const field of ["zh-Hant-TW", "sr-Latn-RS", "fil, de-AT", "fil-PH, de-AT"]) {
  const languages = parser.extractAllLangs(field).map(({ language, locale }) => `${language} and ${locale}`);
  console.log(`${field}: ${languages.join(", ")}`);
}
SCRIPT
output=$(timeout 60 node try.mjs)
expected=$(cat <<'SEEN'
zh-Hant-TW: zh and HA
sr-Latn-RS: sr and LA
fil, de-AT: de and AT
fil-PH, de-AT: undefined and PH, de and AT
SEEN
)
echo "$output"
[ "$output" = "$expected" ] || { echo "The behaviour is another; it was:"; echo "$expected"; exit 1; }
