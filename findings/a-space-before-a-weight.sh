#!/usr/bin/env bash
# accept-language 3.0.20, resolve-accept-language 3.2.2 and parse-accept-language 3.0.0 (all of npm) don't read the weight of a language that has a
# space beside its semicolon.
#
# RFC 9110 §12.4.2: weight = OWS ";" OWS "q=" qvalue, so a space or a tab may stand on both sides. A client that writes "; q=0.8" gets the language
# that it likes less: its weight is taken for 1, or the language is passed over.
#
# Guess before the first run: en-GB for all fields.
# Seen: fr-CA for a space before the semicolon from the first two, and behind it from the last two. intl-parse-accept-language reads all.
#
# Needs: Node 20 or newer with npm. Exits with 1 if the behaviour is another.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

npm install --silent --no-audit --no-fund --ignore-scripts accept-language@3.0.20 intl-parse-accept-language@1.0.0 parse-accept-language@3.0.0 resolve-accept-language@3.2.2 >/dev/null

cat > try.mjs <<'SCRIPT'
import acceptLanguage from "accept-language";
import { parseAcceptLanguage } from "intl-parse-accept-language";
import parse from "parse-accept-language";
import { resolveAcceptLanguage } from "resolve-accept-language";

acceptLanguage.languages(["en-GB", "fr-CA"]);
for (const semicolon of [";", " ;", "; "]) {
  const field = `fr-CA${semicolon}q=0.8, en-GB${semicolon}q=0.9`;
  console.log(`${field}:`);
  console.log("  intl-parse-accept-language:", parseAcceptLanguage(field)[0]);
  console.log("  accept-language:", acceptLanguage.get(field));
  console.log("  resolve-accept-language:", resolveAcceptLanguage(field, ["fr-CA", "en-GB"], "fr-CA"));
  console.log("  parse-accept-language:", parse({ headers: { "accept-language": field } })[0].value);
}
SCRIPT
output=$(timeout 60 node try.mjs)
expected=$(cat <<'SEEN'
fr-CA;q=0.8, en-GB;q=0.9:
  intl-parse-accept-language: en-GB
  accept-language: en-GB
  resolve-accept-language: en-GB
  parse-accept-language: en-GB
fr-CA ;q=0.8, en-GB ;q=0.9:
  intl-parse-accept-language: en-GB
  accept-language: fr-CA
  resolve-accept-language: fr-CA
  parse-accept-language: en-GB
fr-CA; q=0.8, en-GB; q=0.9:
  intl-parse-accept-language: en-GB
  accept-language: en-GB
  resolve-accept-language: fr-CA
  parse-accept-language: fr-CA
SEEN
)
echo "$output"
[ "$output" = "$expected" ] || { echo "The behaviour is another; it was:"; echo "$expected"; exit 1; }
