#!/usr/bin/env bash
# uri-template 2.0.0, uri-templates 0.2.0, @hyperjump/uri-template 0.3.0 and rfc6570-uri-template 1.1.0 (all of npm) expand "{?filter*}" with
# {name: null, page: 2} to "?name=null&page=2".
#
# RFC 6570 §3.2.1: of a list or an associative array only the members with a defined value are appended; §3.2 writes "undef := null" for a variable
# without a value. A client that sets an optional filter to null to mean "any" asks the server for things that are named "null", and finds none.
# Three of the four leave out a variable that is null itself, so a caller has reason to expect the same of a member.
#
# Guess before the first run: "?page=2" and "?tag=a,b", as url-template gives, and nothing for "{?name}".
# Seen: "null" in a map and in a list from all four; in "{?name}" from @hyperjump/uri-template only.
#
# Needs: Node 20 or newer with npm. Exits with 1 if the behaviour is another.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

npm install --silent --no-audit --no-fund --ignore-scripts uri-template@2.0.0 uri-templates@0.2.0 @hyperjump/uri-template@0.3.0 rfc6570-uri-template@1.1.0 url-template@3.1.1 >/dev/null

cat > try.mjs <<'SCRIPT'
import * as hyperjump from "@hyperjump/uri-template";
import * as rfc6570 from "rfc6570-uri-template";
import uriTemplate from "uri-template";
import uriTemplates from "uri-templates";
import { parseTemplate } from "url-template";

const libraries = {
  "url-template": (template, values) => parseTemplate(template).expand(values),
  "uri-template": (template, values) => uriTemplate.parse(template).expand(values),
  "uri-templates": (template, values) => uriTemplates(template).fill(values),
  "@hyperjump/uri-template": (template, values) => hyperjump.expand(hyperjump.parse(template), values),
  "rfc6570-uri-template": (template, values) => rfc6570.parse(template).expand(values),
};
const values = { filter: { name: null, page: 2 }, tag: ["a", null, "b"], name: null };
for (const [library, expand] of Object.entries(libraries)) {
  console.log(`${library}: ${["{?filter*}", "{?tag}", "{?name}"].map((template) => expand(template, values) || "nothing").join(" ")}`);
}
SCRIPT
output=$(timeout 60 node try.mjs)
expected=$(cat <<'SEEN'
url-template: ?page=2 ?tag=a,b nothing
uri-template: ?name=null&page=2 ?tag=a,null,b nothing
uri-templates: ?name=null&page=2 ?tag=a,null,b nothing
@hyperjump/uri-template: ?name=null&page=2 ?tag=a,null,b ?name=null
rfc6570-uri-template: ?name=null&page=2 ?tag=a,null,b nothing
SEEN
)
echo "$output"
[ "$output" = "$expected" ] || { echo "The behaviour is another; it was:"; echo "$expected"; exit 1; }
