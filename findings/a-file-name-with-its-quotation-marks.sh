#!/usr/bin/env bash
# content-disposition-filename 0.0.1 gives a file's name with the quotation marks around it, and finds none in capitals or in filename*.
#
# RFC 6266 §4.1: the value of "filename" is a token or a quoted string, names of parameters don't depend on capitals, and white space may stand beside "=".
# §4.3: "filename*" holds the name in UTF-8 and goes first. Nearly all servers write the marks. A download is then saved under a name that begins and
# ends with one, and without the ending that tells the system how to open it.
#
# Guess before the first run: the name alone, from "filename*" if that is there.
# Seen: as above; with both parameters the name is the rest of the field.
#
# Needs: Node 20 or newer with npm. Exits with 1 if the behaviour is another.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

npm install --silent --no-audit --no-fund --ignore-scripts content-disposition-filename@0.0.1 >/dev/null

cat > try.mjs <<'SCRIPT'
import filename from "content-disposition-filename";

for (const field of [
  "attachment; filename=a.txt",
  'attachment; filename="a b.txt"',
  "Attachment; FileName=a.txt",
  "attachment; filename*=UTF-8''a%20b.txt",
  "attachment; filename=\"a.txt\"; filename*=UTF-8''%e2%82%ac.txt",
]) {
  console.log(`${field}: ${filename(field)}`);
}
SCRIPT
output=$(timeout 60 node try.mjs)
expected=$(cat <<'SEEN'
attachment; filename=a.txt: a.txt
attachment; filename="a b.txt": "a b.txt"
Attachment; FileName=a.txt: null
attachment; filename*=UTF-8''a%20b.txt: null
attachment; filename="a.txt"; filename*=UTF-8''%e2%82%ac.txt: "a.txt"; filename*=UTF-8''%e2%82%ac.txt
SEEN
)
echo "$output"
[ "$output" = "$expected" ] || { echo "The behaviour is another; it was:"; echo "$expected"; exit 1; }
