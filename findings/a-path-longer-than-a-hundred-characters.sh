#!/usr/bin/env bash
# nanotar 0.3.0 and @obsidize/tar-browserify 6.3.2 drop the folders of a file whose path in a ustar archive is long; tarparser 0.0.5 drops a slash.
#
# POSIX, pax, "ustar Interchange Format": a path of more than 100 characters is divided at a slash; its beginning stands in the field "prefix", and a reader
# joins both by a slash. GNU tar writes so with --format=ustar. Files of the same name in different folders, such as "index.html", become
# one, and the last of them replaces the others.
#
# Guess before the first run: both paths in full, as modern-tar 0.8.6 gives them.
# Seen: "index.html" twice, and "aindex.html". In GNU's own format, which holds a long path in another way, the second adds a NUL to the path, and the
# third lists entries that aren't files.
#
# Needs: Node 20 or newer with npm, and GNU tar. Exits with 1 if the behaviour is another.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

npm install --silent --no-audit --no-fund --ignore-scripts nanotar@0.3.0 @obsidize/tar-browserify@6.3.2 tarparser@0.0.5 modern-tar@0.8.6 >/dev/null
folder=$(printf '%0120d' 0 | tr 0 f)
mkdir -p "$folder/a" "$folder/b"
echo one > "$folder/a/index.html"
echo two > "$folder/b/index.html"
for format in ustar gnu; do tar --format=$format -cf $format.tar "$folder/a/index.html" "$folder/b/index.html"; done

cat > try.mjs <<'SCRIPT'
import { readFileSync } from "node:fs";
import { Archive } from "@obsidize/tar-browserify";
import { unpackTar } from "modern-tar";
import { parseTar } from "nanotar";
import * as tarparser from "tarparser";

const readers = {
  nanotar: (data) => parseTar(data).map(({ name }) => name),
  "@obsidize/tar-browserify": async (data) => (await Archive.extract(data)).entries.map(({ fileName }) => fileName),
  tarparser: async (data) => (await tarparser.parseTar(data.buffer)).map(({ name }) => name),
  "modern-tar": async (data) => (await unpackTar(data)).map(({ header }) => header.name),
};
for (const format of ["ustar", "gnu"]) {
  for (const [name, read] of Object.entries(readers)) {
    const paths = await read(new Uint8Array(readFileSync(`${format}.tar`)));
    console.log(`${format}, ${name}: ${paths.map((path) => JSON.stringify(path.replace(/f+/, "f…"))).join(" ")}`);
  }
}
SCRIPT
output=$(timeout 60 node try.mjs)
expected=$(cat <<'SEEN'
ustar, nanotar: "index.html" "index.html"
ustar, @obsidize/tar-browserify: "index.html" "index.html"
ustar, tarparser: "f…/aindex.html" "f…/bindex.html"
ustar, modern-tar: "f…/a/index.html" "f…/b/index.html"
gnu, nanotar: "f…/a/index.html" "f…/b/index.html"
gnu, @obsidize/tar-browserify: "f…/a/index.html\u0000" "f…/b/index.html\u0000"
gnu, tarparser: "././@LongLink" "f…" "././@LongLink" "f…"
gnu, modern-tar: "f…/a/index.html" "f…/b/index.html"
SEEN
)
echo "$output"
[ "$output" = "$expected" ] || { echo "The behaviour is another; it was:"; echo "$expected"; exit 1; }
