#!/usr/bin/env bash
# GoAccess 1.7 (Debian 1:1.7-1) counts the whole request line as the page if it doesn't know the method, or finds another method in its beginning.
#
# RFC 9110 §9.1: methods can be added, and IANA has a registry of them; SEARCH (RFC 5323), ACL (RFC 3744) and UPDATEREDIRECTREF (RFC 4437) are
# in it. GoAccess knows other methods of WebDAV. For these, "/page" is not among the pages; there is one named "SEARCH /page HTTP/1.1"
# instead, and of UPDATEREDIRECTREF it reads the method UPDATE and the page "EDIRECTREF /page". No line counts as failed.
#
# Guess before the first run: the page is "/page" for all methods, whatever it says of the method.
# Seen: so for GET and REPORT only.
#
# Needs: a Debian bookworm (amd64) with apt, and python3. Exits with 1 if the behaviour is another.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

apt-get download -q goaccess=1:1.7-1 libmaxminddb0 libncursesw6 libtinfo6 libssl3 >/dev/null 2>&1
for package in ./*.deb; do dpkg-deb -x "$package" root; done
export LD_LIBRARY_PATH="$work/root/usr/lib/x86_64-linux-gnu:$work/root/lib/x86_64-linux-gnu"

cat > pages.py <<'PYTHON'
import json
import sys

report = json.load(open("report.json"))
for request in report["requests"]["data"]:
    print(f"{sys.argv[1]}: page '{request['data']}', method '{request['method']}', failed {report['general']['failed_requests']}")
PYTHON
output=$(
  root/usr/bin/goaccess --version 2>/dev/null | head -n 1
  for method in GET REPORT SEARCH ACL UPDATEREDIRECTREF; do
    echo "192.0.2.1 - - [10/Oct/2023:13:55:36 +0000] \"$method /page HTTP/1.1\" 200 5 \"-\" \"agent\"" > access.log
    timeout 30 root/usr/bin/goaccess access.log --log-format=COMBINED --no-global-config -o report.json >/dev/null 2>&1
    LD_LIBRARY_PATH="" python3 pages.py "$method"
  done
)
expected=$(cat <<'SEEN'
GoAccess - 1.7.
GET: page '/page', method 'GET', failed 0
REPORT: page '/page', method 'REPORT', failed 0
SEARCH: page 'SEARCH /page HTTP/1.1', method '---', failed 0
ACL: page 'ACL /page HTTP/1.1', method '---', failed 0
UPDATEREDIRECTREF: page 'EDIRECTREF /page', method 'UPDATE', failed 0
SEEN
)
echo "$output"
[ "$output" = "$expected" ] || { echo "The behaviour is another; it was:"; echo "$expected"; exit 1; }
