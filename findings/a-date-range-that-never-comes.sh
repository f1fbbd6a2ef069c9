#!/usr/bin/env bash
# pac-resolver 9.0.2 (pac-proxy-agent and proxy-agent use it) answers false for every dateRange, the one from January to December too.
#
# Netscape's "Navigator Proxy Auto-Config File Format", dateRange(): with two days or two months it is true from the first to
# the last. A script that chooses a proxy by date gets no error, but always the other branch.
#
# Guess before the first run: true for the two ranges that hold each day of each year; weekdayRange and timeRange are evaluated.
# Seen: false for both; true for the whole week.
#
# Needs: Node 20 or newer with npm. Exits with 1 if the behaviour is another.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

npm install --silent --no-audit --no-fund --ignore-scripts pac-resolver@9.0.2 quickjs-wasi@3.7.0 >/dev/null

cat > try.mjs <<'SCRIPT'
import { readFileSync } from "node:fs";
import { createPacResolver } from "pac-resolver";
import { QuickJS } from "quickjs-wasi";

const engine = await QuickJS.create({ wasm: readFileSync("node_modules/quickjs-wasi/quickjs.wasm") });
for (const condition of ['weekdayRange("SUN", "SAT")', 'dateRange("JAN", "DEC")', "dateRange(1, 31)"]) {
  const find = createPacResolver(engine, `function FindProxyForURL(url, host) { return String(${condition}); }`);
  console.log(condition, "->", await find("http://example.test/"));
}
process.exit();
SCRIPT
output=$(timeout 60 node try.mjs)
expected=$(cat <<'SEEN'
weekdayRange("SUN", "SAT") -> true
dateRange("JAN", "DEC") -> false
dateRange(1, 31) -> false
SEEN
)
echo "$output"
[ "$output" = "$expected" ] || { echo "The behaviour is another; it was:"; echo "$expected"; exit 1; }
