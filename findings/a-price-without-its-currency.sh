#!/usr/bin/env bash
# opds-feed-parser 0.1.0 gives the price of a book without its currency.
#
# OPDS Catalog 1.2 §2.2 has the two prices below; their attribute is "currencycode", and XML tells capitals from small letters. The parser looks for
# "currencyCode", which no catalogue that follows the specification has. A reader of the catalogue sees two prices, and can't know which is
# in dollars.
#
# Expected: 18.99 USD, 11.99 GBP.
# Seen: no currency for both; one that is written "currencyCode", which isn't valid, is read.
#
# Needs: Node 20 or newer with npm. Exits with 1 if the behaviour is another.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

npm install --silent --no-audit --no-fund --ignore-scripts opds-feed-parser@0.1.0 >/dev/null

cat > try.mjs <<'SCRIPT'
import { createRequire } from "node:module";

const { default: Parser } = createRequire(import.meta.url)("opds-feed-parser");
const updated = "<updated>2020-01-01T00:00:00Z</updated>";
for (const attribute of ["currencycode", "currencyCode"]) {
  const prices = `<opds:price ${attribute}="USD">18.99</opds:price><opds:price ${attribute}="GBP">11.99</opds:price>`;
  const feed = await new Parser().parse(`<feed xmlns="http://www.w3.org/2005/Atom" xmlns:opds="http://opds-spec.org/2010/catalog">
    <id>urn:example:1</id><title>books</title>${updated}<entry><id>urn:example:2</id><title>book</title>${updated}
    <link rel="http://opds-spec.org/acquisition/buy" href="/book" type="application/epub+zip">${prices}</link></entry></feed>`);
  console.log(`${attribute}: ${feed.entries[0].links[0].prices.map(({ value, currencyCode }) => `${value} ${currencyCode}`).join(", ")}`);
}
SCRIPT
output=$(timeout 60 node try.mjs)
expected=$(cat <<'SEEN'
currencycode: 18.99 undefined, 11.99 undefined
currencyCode: 18.99 USD, 11.99 GBP
SEEN
)
echo "$output"
[ "$output" = "$expected" ] || { echo "The behaviour is another; it was:"; echo "$expected"; exit 1; }
