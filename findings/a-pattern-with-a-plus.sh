#!/usr/bin/env bash
# pac-resolver 9.0.2 (pac-proxy-agent and proxy-agent use it): shExpMatch("http://example.test/c+d", "http://example.test/c+d") is false.
#
# Netscape's "Navigator Proxy Auto-Config File Format", shExpMatch(): the patterns are shell glob expressions, not regular expressions.
# In a glob "+" stands for itself.
#
# Guess before the first run: true for each, as text and pattern are the same.
# Seen: true for a dot or a minus, false for a plus.
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
for (const text of ["c.d", "c-d", "c+d"]) {
  const url = `http://example.test/${text}`;
  const find = createPacResolver(engine, `function FindProxyForURL(url, host) { return String(shExpMatch(url, "${url}")); }`);
  console.log(url, "->", await find(url));
}
process.exit();
SCRIPT
output=$(timeout 60 node try.mjs)
expected=$(cat <<'SEEN'
http://example.test/c.d -> true
http://example.test/c-d -> true
http://example.test/c+d -> false
SEEN
)
echo "$output"
[ "$output" = "$expected" ] || { echo "The behaviour is another; it was:"; echo "$expected"; exit 1; }
