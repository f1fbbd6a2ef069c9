#!/usr/bin/env bash
# vobject 0.9.6.1 (Debian's python3-vobject 0.9.6.1-2) cuts a vCard's URL at its first comma, and vcard-parser 1.0.0 makes two of it at a
# comma or a semicolon.
#
# RFC 2426 §3.6.8: the value of URL is a single URI, in which both characters are ordinary ones (RFC 3986 §2.2); they separate only the values of
# lists and of compounds (§4). Addresses of maps have commas ("@52.5,13.4"). The address that is left still opens a page, though not this one.
#
# Guess before the first run: the whole address, as ical.js gives.
# Seen: vobject leaves all up to the comma; vcard-parser gives a list of two.
#
# Needs: a Debian bookworm with apt and python3, and Node 20 or newer with npm. Exits with 1 if the behaviour is another.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

apt-get download -q python3-vobject=0.9.6.1-2 python3-dateutil=2.8.2-2 python3-six=1.16.0-4 >/dev/null 2>&1
for package in ./*.deb; do dpkg-deb -x "$package" root; done
npm install --silent --no-audit --no-fund --ignore-scripts vcard-parser@1.0.0 ical.js@2.2.1 >/dev/null

cat > try.mjs <<'SCRIPT'
import { execFileSync } from "node:child_process";
import ICAL from "ical.js";
import vcards from "vcard-parser";

const python = "import sys, vobject; print(vobject.readOne(sys.argv[1]).url.value)";
const readers = {
  "ical.js": (card) => new ICAL.Component(ICAL.parse(card)).getFirstPropertyValue("url"),
  "vcard-parser": (card) => JSON.stringify(vcards.parse(card).url[0].value),
  vobject: (card) => execFileSync("python3", ["-c", python, card]).toString().trim(),
};
for (const url of ["http://example.test/map", "http://example.test/map@52.5,13.4", "http://example.test/map;zoom=5"]) {
  const card = ["BEGIN:VCARD", "VERSION:3.0", "FN:One", "N:One;;;;", `URL:${url}`, "END:VCARD", ""].join("\r\n");
  for (const [name, read] of Object.entries(readers)) console.log(`${url}, ${name}: ${read(card)}`);
}
SCRIPT
output=$(timeout 60 env PYTHONPATH="$work/root/usr/lib/python3/dist-packages" node try.mjs)
expected=$(cat <<'SEEN'
http://example.test/map, ical.js: http://example.test/map
http://example.test/map, vcard-parser: "http://example.test/map"
http://example.test/map, vobject: http://example.test/map
http://example.test/map@52.5,13.4, ical.js: http://example.test/map@52.5,13.4
http://example.test/map@52.5,13.4, vcard-parser: ["http://example.test/map@52.5","13.4"]
http://example.test/map@52.5,13.4, vobject: http://example.test/map@52.5
http://example.test/map;zoom=5, ical.js: http://example.test/map;zoom=5
http://example.test/map;zoom=5, vcard-parser: ["http://example.test/map","zoom=5"]
http://example.test/map;zoom=5, vobject: http://example.test/map;zoom=5
SEEN
)
echo "$output"
[ "$output" = "$expected" ] || { echo "The behaviour is another; it was:"; echo "$expected"; exit 1; }
