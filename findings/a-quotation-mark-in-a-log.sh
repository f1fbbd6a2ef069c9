#!/usr/bin/env bash
# clf-parser 0.0.2 cuts a user agent at its quotation mark, and reads no status, and the size as 200, where the request has such a mark.
#
# Apache httpd, mod_log_config, "Format Notes": in %r, %i and %o a quotation mark is written as \" so that the line can be read; other servers
# that write its format do so too. The parser ends the text at that mark. Behind a request all the fields move by one: the status becomes the
# size, the size the referrer. Such agents and targets arrive at every public server, and each of them is a line with a wrong status.
#
# Guess before the first run: status 200 and size 5 for all lines, the agent 'a "b" c', and no referrer for "-".
# Seen: the agent ends with a backslash, the third line has neither status nor agent, and the referrer is three characters, "-".
#
# Needs: Node 20 or newer with npm. Exits with 1 if the behaviour is another.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

npm install --silent --no-audit --no-fund --ignore-scripts clf-parser@0.0.2 >/dev/null

cat > try.mjs <<'SCRIPT'
import parse from "clf-parser";

for (const [target, by] of [["/page", "agent"], ["/page", String.raw`a \"b\" c`], [String.raw`/page?x=\"y\"`, "agent"]]) {
  const line = `192.0.2.1 - - [10/Oct/2023:13:55:36 +0000] "GET ${target} HTTP/1.1" 200 5 "-" "${by}"`;
  const { path, status, body_bytes_sent: size, http_referer: referrer, http_user_agent: agent } = parse(line);
  console.log(JSON.stringify({ path, status, size, referrer, agent }));
}
SCRIPT
output=$(timeout 60 node try.mjs)
expected=$(cat <<'SEEN'
{"path":"/page","status":200,"size":5,"referrer":"\"-\"","agent":"agent"}
{"path":"/page","status":200,"size":5,"referrer":"\"-\"","agent":"a \\"}
{"status":null,"size":200,"referrer":"5","agent":null}
SEEN
)
echo "$output"
[ "$output" = "$expected" ] || { echo "The behaviour is another; it was:"; echo "$expected"; exit 1; }
