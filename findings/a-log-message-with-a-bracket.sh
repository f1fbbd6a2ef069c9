#!/usr/bin/env bash
# glossy 0.1.7 cuts a syslog message at its last closing bracket if the line has structured data; one that ends with a bracket is lost.
#
# RFC 5424 §6.3: the structured data are one or more elements in brackets, without a space between them; the first space behind them ends
# them (§6: SYSLOG-MSG = HEADER SP STRUCTURED-DATA [SP MSG]). The parser takes all up to the line's last bracket for them.
# A message that names an IPv6 address with its port, or a list, thus loses its beginning or all, without an error.
#
# Guess before the first run: the message of each line, and "x" as the value of "k".
# Seen: the end of the message behind its bracket, or nothing. Without structured data the whole message is read.
#
# Needs: Node 20 or newer with npm. Exits with 1 if the behaviour is another.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

npm install --silent --no-audit --no-fund --ignore-scripts glossy@0.1.7 >/dev/null

cat > try.mjs <<'SCRIPT'
import glossy from "glossy";

const messages = ["GET / 200", "GET /[a] 200", "listening at [::1]", "done [3 of 3]"];
for (const data of ["-", '[example@32473 k="x"]']) {
  for (const message of messages) {
    const line = `<134>1 2020-01-01T00:00:00Z host.example.test web 1 - ${data} ${message}`;
    const { structuredData, message: seen } = glossy.Parse.parse(line);
    console.log(`${data} ${message} -> ${JSON.stringify(structuredData)} ${JSON.stringify(seen)}`);
  }
}
SCRIPT
output=$(timeout 60 node try.mjs)
expected=$(cat <<'SEEN'
- GET / 200 -> undefined "GET / 200"
- GET /[a] 200 -> undefined "GET /[a] 200"
- listening at [::1] -> undefined "listening at [::1]"
- done [3 of 3] -> undefined "done [3 of 3]"
[example@32473 k="x"] GET / 200 -> {"example@32473":{"k":"x"}} "GET / 200"
[example@32473 k="x"] GET /[a] 200 -> {"example@32473":{"k":"x"}} "200"
[example@32473 k="x"] listening at [::1] -> {"example@32473":{"k":"x"}} ""
[example@32473 k="x"] done [3 of 3] -> {"3":{},"example@32473":{"k":"x"}} ""
SEEN
)
echo "$output"
[ "$output" = "$expected" ] || { echo "The behaviour is another; it was:"; echo "$expected"; exit 1; }
