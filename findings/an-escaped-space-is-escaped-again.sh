#!/usr/bin/env bash
# uri-template-lite 23.4.0 and uritemplate 0.3.4 (both of npm) and Python's uritemplate 4.1.1 (Debian's python3-uritemplate 4.1.1-2) turn
# "a%20b" into "a%2520b" in {+path} and {#path}.
#
# RFC 6570 §3.2.1: with "+" and "#" the allowed set is unreserved, reserved and pct-encoded, so an escaped character stays as it is (§3.2.3). A
# caller passes a path or a whole URL so, which is escaped already, such as the one of a file in a listing. The server then looks for a
# file with the name "a%20b". A path without such a character works in all of them.
#
# Guess before the first run: a%20b, as url-template, uri-templates and uri-template give, and 50%25 for a percent sign that stands alone.
# Seen: a%2520b from the three libraries.
#
# Needs: a Debian bookworm with apt and python3, and Node 20 or newer with npm. Exits with 1 if the behaviour is another.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

apt-get download -q python3-uritemplate=4.1.1-2 >/dev/null 2>&1
dpkg-deb -x ./python3-uritemplate_*.deb root
npm install --silent --no-audit --no-fund --ignore-scripts uri-template-lite@23.4.0 uritemplate@0.3.4 url-template@3.1.1 uri-templates@0.2.0 uri-template@2.0.0 >/dev/null

cat > try.mjs <<'SCRIPT'
import { execFileSync } from "node:child_process";
import one from "uri-template";
import lite from "uri-template-lite";
import fill from "uri-templates";
import uritemplate from "uritemplate";
import { parseTemplate } from "url-template";

const python = "import sys, uritemplate; print(uritemplate.expand(sys.argv[1], path=sys.argv[2]))";
const expand = {
  "url-template": (template, values) => parseTemplate(template).expand(values),
  "uri-templates": (template, values) => fill(template).fill(values),
  "uri-template": (template, values) => one.parse(template).expand(values),
  "uri-template-lite": (template, values) => lite.expand(template, values),
  uritemplate: (template, values) => uritemplate.parse(template).expand(values),
  "Python's uritemplate": (template, { path }) => execFileSync("python3", ["-c", python, template, path]).toString().trim(),
};
for (const [template, path] of [["http://example.test{+path}", "/a%20b"], ["/page{#path}", "a%20b"], ["http://example.test{+path}", "/50%"]]) {
  for (const [name, run] of Object.entries(expand)) console.log(`${template} ${path}, ${name}: ${run(template, { path })}`);
}
SCRIPT
output=$(timeout 60 env PYTHONPATH="$work/root/usr/lib/python3/dist-packages" node try.mjs)
expected=$(cat <<'SEEN'
http://example.test{+path} /a%20b, url-template: http://example.test/a%20b
http://example.test{+path} /a%20b, uri-templates: http://example.test/a%20b
http://example.test{+path} /a%20b, uri-template: http://example.test/a%20b
http://example.test{+path} /a%20b, uri-template-lite: http://example.test/a%2520b
http://example.test{+path} /a%20b, uritemplate: http://example.test/a%2520b
http://example.test{+path} /a%20b, Python's uritemplate: http://example.test/a%2520b
/page{#path} a%20b, url-template: /page#a%20b
/page{#path} a%20b, uri-templates: /page#a%20b
/page{#path} a%20b, uri-template: /page#a%20b
/page{#path} a%20b, uri-template-lite: /page#a%2520b
/page{#path} a%20b, uritemplate: /page#a%2520b
/page{#path} a%20b, Python's uritemplate: /page#a%2520b
http://example.test{+path} /50%, url-template: http://example.test/50%25
http://example.test{+path} /50%, uri-templates: http://example.test/50%25
http://example.test{+path} /50%, uri-template: http://example.test/50%25
http://example.test{+path} /50%, uri-template-lite: http://example.test/50%25
http://example.test{+path} /50%, uritemplate: http://example.test/50%25
http://example.test{+path} /50%, Python's uritemplate: http://example.test/50%25
SEEN
)
echo "$output"
[ "$output" = "$expected" ] || { echo "The behaviour is another; it was:"; echo "$expected"; exit 1; }
