#!/usr/bin/env bash
# fast-mhtml 2.1.0 reads a saved page only if the boundary is in quotation marks and the last parameter, and each part names its encoding.
#
# RFC 2045 §5.1: a parameter's value is a token or a quoted string, names don't depend on capitals, and parameters may stand in any order. §6.1: a part
# without Content-Transfer-Encoding is "7bit". RFC 2557 (MHTML) changes none of that. With another parameter behind the boundary the
# page is empty, and no error says so.
#
# Guess before the first run: the page each time, as Python's email package has it.
# Seen: two errors and an empty list.
#
# Needs: Node 20 or newer with npm, and python3. Exits with 1 if the behaviour is another.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

npm install --silent --no-audit --no-fund --ignore-scripts fast-mhtml@2.1.0 >/dev/null
cat > read.py <<'PYTHON'
from email import message_from_binary_file
from glob import glob

pages = {message_from_binary_file(open(name, "rb")).get_payload(0).get_payload().strip() for name in glob("*.mhtml")}
print(f"Python: {', '.join(pages)}")
PYTHON

cat > try.mjs <<'SCRIPT'
import { writeFileSync } from "node:fs";
import { Parser } from "fast-mhtml";

const encoding = "Content-Transfer-Encoding: 7bit";
for (const [index, [parameters, fields]] of [
  ['type="text/html"; boundary="x"', [encoding]],
  ["type=\"text/html\"; boundary=x", [encoding]],
  ['type="text/html"; Boundary="x"', [encoding]],
  ['boundary="x"; type="text/html"', [encoding]],
  ['type="text/html"; boundary="x"', []],
].entries()) {
  const part = ["--x", "Content-Type: text/html", ...fields, "Content-Location: http://example.test/", "", "<p>page</p>", "--x--", ""];
  const text = ["MIME-Version: 1.0", `Content-Type: multipart/related; ${parameters}`, "", ...part].join("\r\n");
  writeFileSync(`${index}.mhtml`, text);
  let result;
  try {
    const files = new Parser({ rewriteFn: (address) => address }).parse(text).rewrite().spit();
    result = files.map(({ content }) => `"${String(content).trim()}"`).join() || "nothing";
  } catch (error) {
    result = `an error, ${error.message.split("body")[0]}`;
  }
  console.log(`${parameters}${fields.length === 0 ? ", no encoding" : ""}: ${result}`);
}
SCRIPT
output=$(timeout 60 node try.mjs && timeout 60 python3 read.py)
expected=$(cat <<'SEEN'
type="text/html"; boundary="x": "<p>page</p>"
type="text/html"; boundary=x: an error, No separator
type="text/html"; Boundary="x": an error, No separator
boundary="x"; type="text/html": nothing
type="text/html"; boundary="x", no encoding: an error, Unknown encoding undefined
Python: <p>page</p>
SEEN
)
echo "$output"
[ "$output" = "$expected" ] || { echo "The behaviour is another; it was:"; echo "$expected"; exit 1; }
