#!/usr/bin/env bash
# http-message-parser 0.0.34 finds no status in "HTTP/1.1 404 ", and of two Set-Cookie fields only the last.
#
# RFC 9112 §4: status-line = HTTP-version SP status-code SP [ reason-phrase ]; the phrase may be empty, and Tomcat sends none.
# RFC 6265 §3: Set-Cookie fields aren't folded into one, so a response has one for each cookie. A tool that reads recorded messages counts no error
# and loses the cookie of the session.
#
# Expected: 404 for both, and both cookies.
# Seen: null, also for the version, where the phrase is empty; the second cookie only.
#
# Needs: Node 20 or newer with npm. Exits with 1 if the behaviour is another.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

npm install --silent --no-audit --no-fund --ignore-scripts http-message-parser@0.0.34 >/dev/null

cat > try.mjs <<'SCRIPT'
import parse from "http-message-parser";

for (const phrase of ["Not Found", ""]) {
  const { httpVersion, statusCode, headers } = parse(`HTTP/1.1 404 ${phrase}\r\nSet-Cookie: session=1\r\nSet-Cookie: theme=2\r\nContent-Length: 0\r\n\r\n`);
  console.log(`"${phrase}": version ${httpVersion}, status ${statusCode}, Set-Cookie ${JSON.stringify(headers["Set-Cookie"])}`);
}
SCRIPT
output=$(timeout 60 node try.mjs)
expected=$(cat <<'SEEN'
"Not Found": version 1.1, status 404, Set-Cookie "theme=2"
"": version null, status null, Set-Cookie "theme=2"
SEEN
)
echo "$output"
[ "$output" = "$expected" ] || { echo "The behaviour is another; it was:"; echo "$expected"; exit 1; }
