#!/usr/bin/env bash
# @webantic/nginx-config-parser 1.6.1 loses "return 301 https://example.test/#top;" and, behind a header with a "#", the end of the line and the next
# one's beginning.
#
# nginx's "Beginner's Guide": "The rest of a line after the # sign is considered a comment"; nginx itself takes it for one only where a word could
# begin, so not inside of an address or between quotation marks (nginx 1.22.1 sends both as they are written). A tool that reads a site's
# configuration, changes a name and writes it back leaves a location that redirects nowhere, without an error.
#
# Expected: the redirect, and both directives.
# Seen: an empty location; one directive made of two halves. nginx-conf 2.1.0 reads both as nginx does.
#
# Needs: Node 20 or newer with npm. Exits with 1 if the behaviour is another.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

npm install --silent --no-audit --no-fund --ignore-scripts @webantic/nginx-config-parser@1.6.1 nginx-conf@2.1.0 >/dev/null

cat > try.mjs <<'SCRIPT'
import Parser from "@webantic/nginx-config-parser";
import nginxConf from "nginx-conf";

const blocks = {
  "a comment": ["expires 1d; # for a day", "etag off;"],
  "a redirect": ["return 301 https://example.test/#top;"],
  "a header": ["add_header X-Note 'one # two';", "expires 1d;"],
};
for (const [name, lines] of Object.entries(blocks)) {
  const text = `location = /x {\n  ${lines.join("\n  ")}\n}\n`;
  console.log(`${name}, nginx-config-parser: ${JSON.stringify(new Parser().toJSON(text)["location = /x"])}`);
  const file = await new Promise((resolve, reject) => nginxConf.NginxConfFile.createFromSource(text, (error, file) => (error ? reject(error) : resolve(file))));
  const [location] = file.nginx.location;
  const found = ["expires", "etag", "return", "add_header"].filter((directive) => location[directive]);
  console.log(`${name}, nginx-conf: ${JSON.stringify(Object.fromEntries(found.map((directive) => [directive, location[directive][0]._value])))}`);
}
SCRIPT
output=$(timeout 60 node try.mjs)
expected=$(cat <<'SEEN'
a comment, nginx-config-parser: {"expires":"1d","etag":"off"}
a comment, nginx-conf: {"expires":"1d","etag":"off"}
a redirect, nginx-config-parser: {}
a redirect, nginx-conf: {"return":"301 https://example.test/#top"}
a header, nginx-config-parser: {"add_header":"X-Note 'one expires 1d"}
a header, nginx-conf: {"expires":"1d","add_header":"X-Note 'one # two'"}
SEEN
)
echo "$output"
[ "$output" = "$expected" ] || { echo "The behaviour is another; it was:"; echo "$expected"; exit 1; }
