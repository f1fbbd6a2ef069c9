#!/usr/bin/env bash
# rfc6902 5.4.0 can't replace the whole document by a JSON Patch.
#
# RFC 6901 §5: the pointer "" is the whole document. RFC 6902 §4.1: where "add" names "the root of the target document", "the specified value
# becomes the entire content of the target document"; §4.3: "replace" is a removal and such an addition.
#
# Guess before the first run: the document is {"b":1} afterwards.
# Seen: a MissingError for each, and the document as it was. A member is replaced.
#
# Needs: Node 20 or newer with npm. Exits with 1 if the behaviour is another.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

npm install --silent --no-audit --no-fund --ignore-scripts rfc6902@5.4.0 >/dev/null

cat > try.mjs <<'SCRIPT'
import { applyPatch } from "rfc6902";

for (const operation of [{ op: "replace", path: "/a", value: 2 }, { op: "replace", path: "", value: { b: 1 } }, { op: "add", path: "", value: { b: 1 } }]) {
  const document = { a: 1 };
  const [error] = applyPatch(document, [operation]);
  console.log(JSON.stringify(operation), "->", JSON.stringify(document), error?.name ?? "no error");
}
SCRIPT
output=$(timeout 60 node try.mjs)
expected=$(cat <<'SEEN'
{"op":"replace","path":"/a","value":2} -> {"a":2} no error
{"op":"replace","path":"","value":{"b":1}} -> {"a":1} MissingError
{"op":"add","path":"","value":{"b":1}} -> {"a":1} MissingError
SEEN
)
echo "$output"
[ "$output" = "$expected" ] || { echo "The behaviour is another; it was:"; echo "$expected"; exit 1; }
