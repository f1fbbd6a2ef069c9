#!/usr/bin/env bash
# robots-txt-guard 1.0.2 (with robots-txt-parse 2.0.1), robots-txt-parser 2.0.3, Perl's WWW::RobotRules 6.02 (Debian's libwww-robotrules-perl
# 6.02-1) and Python's urllib.robotparser (Debian's python3.11 3.11.2-6+deb12u8) read one of two groups for the same robot.
#
# RFC 9309 §2.2.1: "If there is more than one group matching the user-agent, the matching groups' rules MUST be combined into one group". A
# robots.txt put together from the parts of several applications has such groups. Three take the first of them, and the other takes the
# last, so no order of the file is right for all of them.
#
# Guess before the first run: /a and /b are forbidden, as robots-parser 3.0.1 finds.
# Seen: /b is allowed by three of them, /a by robots-txt-parser.
#
# Needs: a Debian bookworm (amd64) with apt, perl and liburi-perl, and Node 20 or newer with npm. Exits with 1 if the behaviour is another.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

version=3.11.2-6+deb12u8
apt-get download -q python3.11-minimal=$version libpython3.11-minimal=$version libpython3.11-stdlib=$version libwww-robotrules-perl=6.02-1 \
  liburi-perl=5.17-1 >/dev/null 2>&1
for package in ./*.deb; do dpkg-deb -x "$package" root; done
npm install --silent --no-audit --no-fund --ignore-scripts robots-txt-guard@1.0.2 robots-txt-parse@2.0.1 robots-txt-parser@2.0.3 robots-parser@3.0.1 >/dev/null

cat > try.mjs <<'SCRIPT'
import { execFileSync } from "node:child_process";
import { Readable } from "node:stream";
import parser from "robots-parser";
import guard from "robots-txt-guard";
import parse from "robots-txt-parse";
import robotsTxtParser from "robots-txt-parser";

const site = "http://example.test";
const lines = ["User-agent: bot", "Disallow: /a", "", "User-agent: other", "Disallow: /", "", "User-agent: bot", "Disallow: /b", ""];
const text = lines.join("\n");
const one = parser(`${site}/robots.txt`, text);
const two = guard(await parse(Readable.from([text])));
const three = robotsTxtParser({ userAgent: "bot", allowOnNeutral: true });
three.parseRobots(site, text);
three.useRobotsFor(site);
const perl = 'my $rules = WWW::RobotRules->new("bot"); $rules->parse("$ARGV[0]/robots.txt", $ARGV[1]); print $rules->allowed("$ARGV[0]$ARGV[2]")';
const python = `import sys, urllib.robotparser
robots = urllib.robotparser.RobotFileParser()
robots.parse(sys.argv[2].splitlines())
print(int(robots.can_fetch("bot", sys.argv[1] + sys.argv[3])))`;
const readers = {
  "robots-parser": (path) => one.isAllowed(site + path, "bot"),
  "robots-txt-guard": (path) => two.isAllowed("bot", path),
  "robots-txt-parser": (path) => three.canCrawlSync(site + path),
  "WWW::RobotRules": (path) => execFileSync("perl", ["-Iroot/usr/share/perl5", "-MWWW::RobotRules", "-e", perl, site, text, path]) == "1",
  "urllib.robotparser": (path) => execFileSync("root/usr/bin/python3.11", ["-c", python, site, text, path]).toString().trim() === "1",
};
for (const [name, allowed] of Object.entries(readers)) {
  console.log(`${name}: ${["/", "/a", "/b"].map((path) => `${path} ${allowed(path) ? "allowed" : "forbidden"}`).join(", ")}`);
}
SCRIPT
output=$(timeout 60 env PYTHONHOME="$work/root/usr" node try.mjs)
expected=$(cat <<'SEEN'
robots-parser: / allowed, /a forbidden, /b forbidden
robots-txt-guard: / allowed, /a forbidden, /b allowed
robots-txt-parser: / allowed, /a allowed, /b forbidden
WWW::RobotRules: / allowed, /a forbidden, /b allowed
urllib.robotparser: / allowed, /a forbidden, /b allowed
SEEN
)
echo "$output"
[ "$output" = "$expected" ] || { echo "The behaviour is another; it was:"; echo "$expected"; exit 1; }
