#!/usr/bin/env bash
# url-template 3.1.1 and uritemplate 0.3.4 (both of npm) write "?tag=" for an empty list of tags.
#
# RFC 6570 §2.3: "A variable defined as a list value is considered undefined if the list contains zero members", and §3.2.1: an undefined variable
# is left out, with its name and its separator. A form without a chosen filter thus asks for the pages with the tag "", and gets none.
#
# Guess before the first run: nothing for an empty list, as uri-templates, uri-template and uri-template-lite write.
# Seen: "?tag=" and ";tag=" from url-template, "?tag=" and ";tag" from uritemplate; undefined itself is left out by all.
#
# Needs: Node 20 or newer with npm. Exits with 1 if the behaviour is another.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

npm install --silent --no-audit --no-fund --ignore-scripts url-template@3.1.1 uritemplate@0.3.4 uri-templates@0.2.0 uri-template@2.0.0 uri-template-lite@23.4.0 >/dev/null

cat > try.mjs <<'SCRIPT'
import one from "uri-template";
import lite from "uri-template-lite";
import fill from "uri-templates";
import uritemplate from "uritemplate";
import { parseTemplate } from "url-template";

const expand = {
  "url-template": (template, values) => parseTemplate(template).expand(values),
  uritemplate: (template, values) => uritemplate.parse(template).expand(values),
  "uri-templates": (template, values) => fill(template).fill(values),
  "uri-template": (template, values) => one.parse(template).expand(values),
  "uri-template-lite": (template, values) => lite.expand(template, values),
};
for (const template of ["/list{?tag}", "/list{?tag,page}", "/list{;tag}"]) {
  for (const [name, run] of Object.entries(expand)) {
    console.log(`${template} ${name}: ${run(template, { tag: [], page: 2 })} and ${run(template, { page: 2 })}`);
  }
}
SCRIPT
output=$(timeout 60 node try.mjs)
expected=$(cat <<'SEEN'
/list{?tag} url-template: /list?tag= and /list
/list{?tag} uritemplate: /list?tag= and /list
/list{?tag} uri-templates: /list and /list
/list{?tag} uri-template: /list and /list
/list{?tag} uri-template-lite: /list and /list
/list{?tag,page} url-template: /list?tag=&page=2 and /list?page=2
/list{?tag,page} uritemplate: /list?tag=&page=2 and /list?page=2
/list{?tag,page} uri-templates: /list?page=2 and /list?page=2
/list{?tag,page} uri-template: /list?page=2 and /list?page=2
/list{?tag,page} uri-template-lite: /list?page=2 and /list?page=2
/list{;tag} url-template: /list;tag= and /list
/list{;tag} uritemplate: /list;tag and /list
/list{;tag} uri-templates: /list and /list
/list{;tag} uri-template: /list and /list
/list{;tag} uri-template-lite: /list and /list
SEEN
)
echo "$output"
[ "$output" = "$expected" ] || { echo "The behaviour is another; it was:"; echo "$expected"; exit 1; }
