#!/usr/bin/env bash
# bottle 0.12.23 (Debian 0.12.23-1.1), Mojolicious 9.31 (Debian 9.31+dfsg-1) and aiohttp 3.8.4 (Debian 3.8.4-1+deb12u2) answer a range in a unit
# that they don't know by 416.
#
# RFC 9110 §14.2: "An origin server MUST ignore a Range header field that contains a range unit it does not understand", so that the client
# gets the whole file. Units other than bytes exist ("items" of web APIs; RFC 9110 §16.5 has a registry for them). A client may send
# its Range to any server; only the ones that know the unit answer by 206. By 416 the client learns that the file is too short, which is wrong.
#
# Guess before the first run: 200 with all of the file.
# Seen: 416 from all three.
#
# Needs: a Debian bookworm (amd64) with apt, perl and python3.11. Exits with 1 if the behaviour is another.
set -euo pipefail
work=$(mktemp -d)
trap 'kill ${bottle:-} ${aiohttp:-} ${mojo:-} 2>/dev/null || true; rm -rf "$work"' EXIT
cd "$work"

apt-get download -q libmojolicious-perl=9.31+dfsg-1 python3-bottle=0.12.23-1.1 >/dev/null 2>&1
apt-get download -q python3-aiohttp=3.8.4-1+deb12u2 python3-aiosignal=1.3.1-1 python3-async-timeout=4.0.2-1 python3-attr=22.2.0-1 >/dev/null 2>&1
apt-get download -q python3-charset-normalizer=3.0.1-2 python3-frozenlist=1.3.3-1+b1 python3-multidict=6.0.4-1+b1 >/dev/null 2>&1
apt-get download -q python3-yarl=1.8.2-1+b1 python3-idna=3.3-1+deb12u1 >/dev/null 2>&1
for package in ./*.deb; do dpkg-deb -x "$package" root; done
find root/usr/share/perl5 -xtype l -delete # links to scripts of pages, which are in other packages
export PYTHONPATH="$work/root/usr/lib/python3/dist-packages" PERL5LIB="$work/root/usr/share/perl5" PYTHONDONTWRITEBYTECODE=1

mkdir public
printf 0123456789 > public/file.txt
free() { /usr/bin/python3.11 -c 'import socket; s = socket.create_server(("127.0.0.1", 0)); print(s.getsockname()[1])'; }
ports=($(free) $(free) $(free))

cat > with_bottle.py <<'PYTHON'
import sys
from bottle import route, run, static_file

route("/<name>")(lambda name: static_file(name, "public"))
run(host="127.0.0.1", port=int(sys.argv[1]), quiet=True)
PYTHON
timeout 60 /usr/bin/python3.11 with_bottle.py "${ports[0]}" >/dev/null 2>&1 &
bottle=$!
cat > with_mojo.pl <<'PERL'
use Mojolicious::Lite;
app->static->paths(["public"]);
app->log->level("fatal");
app->start("daemon", "-l", "http://127.0.0.1:$ARGV[0]");
PERL
timeout 60 perl with_mojo.pl "${ports[1]}" >/dev/null 2>&1 &
mojo=$!
cat > with_aiohttp.py <<'PYTHON'
import sys
from aiohttp import web

app = web.Application()
app.router.add_static("/", "public")
web.run_app(app, host="127.0.0.1", port=int(sys.argv[1]), print=None)
PYTHON
timeout 60 /usr/bin/python3.11 with_aiohttp.py "${ports[2]}" >/dev/null 2>&1 &
aiohttp=$!

cat > try.py <<'PYTHON'
import http.client
import socket
import sys
import time

for name, port in zip(("bottle", "Mojolicious", "aiohttp"), map(int, sys.argv[1:])):
    for _ in range(100):
        try:
            socket.create_connection(("127.0.0.1", port)).close()
            break
        except OSError:
            time.sleep(0.1)
    seen = []
    for unit in ("bytes", "items"):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        connection.request("GET", "/file.txt", headers={"Range": f"{unit}=0-4"})
        seen.append(f"{unit} {connection.getresponse().status}")
        connection.close()
    print(f"{name}:", ", ".join(seen))
PYTHON
output=$(
  /usr/bin/python3.11 -c 'import bottle; print("bottle", bottle.__version__)'
  perl -MMojolicious -e 'print "Mojolicious ", Mojolicious->VERSION, "\n"'
  /usr/bin/python3.11 -c 'import aiohttp; print("aiohttp", aiohttp.__version__)'
  timeout 60 /usr/bin/python3.11 try.py "${ports[@]}"
)
expected=$(cat <<'SEEN'
bottle 0.12.23
Mojolicious 9.31
aiohttp 3.8.4
bottle: bytes 206, items 416
Mojolicious: bytes 206, items 416
aiohttp: bytes 206, items 416
SEEN
)
echo "$output"
[ "$output" = "$expected" ] || { echo "The behaviour is another; it was:"; echo "$expected"; exit 1; }
