#!/usr/bin/env bash
# cloudfront-log-parser 1.2.0 names a log's columns by their position, whatever the log's own "#Fields" line says.
#
# W3C's "Extended Log File Format" (WD-logfile-960323), "Directives": Fields "specifies the fields recorded in the log", in their order, so
# that a reader needs no other knowledge of a log. CloudFront, IIS and other servers write that line, and let their owner choose the columns.
# The parser takes the method for the number of bytes, and the status for the client, and gives that without an error.
#
# Guess before the first run: each value under the name that "#Fields" gives it.
# Seen: so for the first two columns; each of the others has another's name.
#
# Needs: Node 20 or newer with npm. Exits with 1 if the behaviour is another.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

npm install --silent --no-audit --no-fund --ignore-scripts cloudfront-log-parser@1.2.0 >/dev/null

cat > try.mjs <<'SCRIPT'
import parser from "cloudfront-log-parser";

const fields = ["date", "time", "c-ip", "cs-method", "sc-status", "cs-uri-stem"];
const values = ["2020-01-01", "00:00:00", "192.0.2.1", "GET", "404", "/page"];
const log = ["#Version: 1.0", `#Fields: ${fields.join(" ")}`, values.join("\t"), ""].join("\n");
const [entry] = parser.parse(log, { format: "web" });
values.forEach((value, index) => {
  console.log(`${fields[index]}: ${value} -> ${Object.keys(entry).find((name) => entry[name] === value)}`);
});
SCRIPT
output=$(timeout 60 node try.mjs)
expected=$(cat <<'SEEN'
date: 2020-01-01 -> date
time: 00:00:00 -> time
c-ip: 192.0.2.1 -> x-edge-location
cs-method: GET -> sc-bytes
sc-status: 404 -> c-ip
cs-uri-stem: /page -> cs-method
SEEN
)
echo "$output"
[ "$output" = "$expected" ] || { echo "The behaviour is another; it was:"; echo "$expected"; exit 1; }
