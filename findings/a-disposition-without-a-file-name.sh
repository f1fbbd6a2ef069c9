#!/usr/bin/env bash
# @lazy-http/content-disposition 1.0.2 refuses "inline", and "attachment" alone; its own names with a quotation mark are refused by others.
#
# RFC 6266 §4.1: "inline" is one of the two types, and a disposition has any number of parameters, also none. "filename" may be a quoted string, which
# has a backslash before each quotation mark (RFC 9110 §5.6.4). A server that says "show this page" has no name to state; a client that reads the
# field with this package fails on such pages, and another client fails on the files of a server that writes it with this package.
#
# Guess before the first run: {"type":"inline"} and the names as they are.
# Seen: errors, and no name at all; the field for 'a "b".txt' has no backslashes.
#
# Needs: Node 20 or newer with npm. Exits with 1 if the behaviour is another.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

npm install --silent --no-audit --no-fund --ignore-scripts @lazy-http/content-disposition@1.0.2 content-disposition@1.0.1 >/dev/null

cat > try.mjs <<'SCRIPT'
import lazy from "@lazy-http/content-disposition";
import other from "content-disposition";

const attempt = (read, field) => {
  try {
    return read(field).value ?? read(field).parameters?.filename ?? "no name";
  } catch (error) {
    return error.message;
  }
};
for (const field of ["inline", "attachment", "inline; filename=a.txt", 'attachment; filename="a \\"b\\".txt"', lazy.contentDisposition('a "b".txt')]) {
  console.log(field);
  console.log(`  @lazy-http/content-disposition: ${attempt(lazy.parse, field)}`);
  console.log(`  content-disposition: ${attempt(other.parse, field)}`);
}
SCRIPT
output=$(timeout 60 node try.mjs)
expected=$(cat <<'SEEN'
inline
  @lazy-http/content-disposition: Invalid content-disposition header format
  content-disposition: no name
attachment
  @lazy-http/content-disposition: Invalid content-disposition header missing parameters
  content-disposition: no name
inline; filename=a.txt
  @lazy-http/content-disposition: Invalid content-disposition header format
  content-disposition: a.txt
attachment; filename="a \"b\".txt"
  @lazy-http/content-disposition: no name
  content-disposition: a "b".txt
attachment; filename="a "b".txt"; filename*=UTF-8''a%20%22b%22.txt
  @lazy-http/content-disposition: a "b".txt
  content-disposition: invalid parameter format
SEEN
)
echo "$output"
[ "$output" = "$expected" ] || { echo "The behaviour is another; it was:"; echo "$expected"; exit 1; }
