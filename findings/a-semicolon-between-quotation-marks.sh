#!/usr/bin/env bash
# content-type-parser 1.0.2 and content-disposition-parser 1.0.2 cut a quoted value at its first semicolon.
#
# RFC 9110 §5.6.6: a parameter's value is a token or a quoted string, and §5.6.4: a semicolon is an ordinary character between quotation
# marks. A boundary with a semicolon must be quoted for that reason, and a file may be named "a;b.txt".
#
# Guess before the first run: the boundary "x;y" and the file name "a;b.txt", each with the parameter that follows.
# Seen: the boundary is a quotation mark and "x"; the file name is "a". The second half of each becomes a parameter of its own.
#
# Needs: Node 20 or newer with npm. Exits with 1 if the behaviour is another.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

npm install --silent --no-audit --no-fund --ignore-scripts content-type-parser@1.0.2 content-disposition-parser@1.0.2 >/dev/null

cat > try.mjs <<'SCRIPT'
import disposition from "content-disposition-parser";
import contentType from "content-type-parser";

for (const boundary of ['"x,y"', '"x;y"']) {
  const { parameterList } = contentType(`multipart/mixed; boundary=${boundary}; charset=utf-8`);
  console.log(boundary, "->", JSON.stringify(parameterList.map(({ key, value }) => [key, value])));
}
for (const name of ['"a,b.txt"', '"a;b.txt"']) console.log(name, "->", JSON.stringify(disposition(`attachment; filename=${name}; size=5`)));
SCRIPT
output=$(timeout 60 node try.mjs)
expected=$(cat <<'SEEN'
"x,y" -> [["boundary","x,y"],["charset","utf-8"]]
"x;y" -> [["boundary","\"x"],[null,"y\""],["charset","utf-8"]]
"a,b.txt" -> {"type":"attachment","filename":"a,b.txt","size":"5"}
"a;b.txt" -> {"type":"attachment","filename":"a","b.txt\"":true,"size":"5"}
SEEN
)
echo "$output"
[ "$output" = "$expected" ] || { echo "The behaviour is another; it was:"; echo "$expected"; exit 1; }
