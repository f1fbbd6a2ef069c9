#!/usr/bin/env bash
# aiohttp 3.8.4 (Debian 3.8.4-1+deb12u2) and Mojolicious 9.31 (Debian 9.31+dfsg-1) never answer 304 for a file's tag behind nginx 1.22.1 with gzip.
#
# RFC 9110 §13.1.2: "A recipient MUST use the weak comparison function when comparing entity tags for If-None-Match", so W/"x" matches "x".
# nginx compresses a response and makes its strong tag a weak one, as it must; clients send the weak tag back. Both servers compare the text
# of the tags. So each page that nginx compresses is sent in full each time, and a test without the proxy shows a fine 304.
#
# Guess before the first run: 304 with and without the proxy.
# Seen: 304 without, 200 with it.
#
# Needs: a Debian bookworm (amd64) with apt, perl and python3.11. Exits with 1 if the behaviour is another.
set -euo pipefail
work=$(mktemp -d)
trap 'kill ${nginx:-} ${aiohttp:-} ${mojo:-} 2>/dev/null || true; rm -rf "$work"' EXIT
cd "$work"

apt-get download -q nginx=1.22.1-9+deb12u11 libmojolicious-perl=9.31+dfsg-1 libpcre2-8-0 libssl3 >/dev/null 2>&1
apt-get download -q python3-aiohttp=3.8.4-1+deb12u2 python3-aiosignal=1.3.1-1 python3-async-timeout=4.0.2-1 python3-attr=22.2.0-1 >/dev/null 2>&1
apt-get download -q python3-charset-normalizer=3.0.1-2 python3-frozenlist=1.3.3-1+b1 python3-multidict=6.0.4-1+b1 >/dev/null 2>&1
apt-get download -q python3-yarl=1.8.2-1+b1 python3-idna=3.3-1+deb12u1 >/dev/null 2>&1
for package in ./*.deb; do dpkg-deb -x "$package" root; done
find root/usr/share/perl5 -xtype l -delete # links to scripts of pages, which are in other packages
export PYTHONPATH="$work/root/usr/lib/python3/dist-packages" PERL5LIB="$work/root/usr/share/perl5" PYTHONDONTWRITEBYTECODE=1
export LD_LIBRARY_PATH="$work/root/usr/lib/x86_64-linux-gnu"

mkdir public logs
seq 1000 > public/file.txt
free() { /usr/bin/python3.11 -c 'import socket; s = socket.create_server(("127.0.0.1", 0)); print(s.getsockname()[1])'; }
ports=($(free) $(free) $(free) $(free))

cat > server.py <<'PYTHON'
import sys
from aiohttp import web

app = web.Application()
app.router.add_static("/", "public")
web.run_app(app, host="127.0.0.1", port=int(sys.argv[1]), print=None)
PYTHON
timeout 60 /usr/bin/python3.11 server.py "${ports[0]}" 2>/dev/null &
aiohttp=$!
cat > server.pl <<'PERL'
use Mojolicious::Lite;
app->static->paths(["public"]);
app->log->level("fatal");
app->start("daemon", "-l", "http://127.0.0.1:$ARGV[0]");
PERL
timeout 60 perl server.pl "${ports[1]}" >/dev/null 2>&1 &
mojo=$!
cat > nginx.conf <<CONF
daemon off;
master_process off;
pid $work/nginx.pid;
error_log $work/logs/error.log;
events {}
http {
  access_log off;
  client_body_temp_path $work/logs/a; proxy_temp_path $work/logs/b; fastcgi_temp_path $work/logs/c;
  uwsgi_temp_path $work/logs/d; scgi_temp_path $work/logs/e;
  gzip on;
  gzip_types text/plain;
  gzip_http_version 1.0;
  server { listen 127.0.0.1:${ports[2]}; location / { proxy_pass http://127.0.0.1:${ports[0]}; } }
  server { listen 127.0.0.1:${ports[3]}; location / { proxy_pass http://127.0.0.1:${ports[1]}; } }
}
CONF
timeout 60 root/usr/sbin/nginx -p "$work" -c "$work/nginx.conf" 2>/dev/null &
nginx=$!

cat > try.py <<'PYTHON'
import http.client
import socket
import sys
import time


def get(port, tag=None):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request("GET", "/file.txt", headers={"Accept-Encoding": "gzip"} | ({"If-None-Match": tag} if tag else {}))
    response = connection.getresponse()
    response.read()
    connection.close()
    return response


ports = [int(port) for port in sys.argv[1:]]
for port in ports:
    for _ in range(100):
        try:
            socket.create_connection(("127.0.0.1", port)).close()
            break
        except OSError:
            time.sleep(0.1)
for name, port in zip(("aiohttp", "Mojolicious", "nginx before aiohttp", "nginx before Mojolicious"), ports):
    first = get(port)
    tag = first.getheader("ETag")
    kind = "weak" if tag.startswith("W/") else "strong"
    print(f"{name}: {first.status} with a {kind} tag, then {get(port, tag).status}")
PYTHON
output=$(
  root/usr/sbin/nginx -v 2>&1 | sed 's/nginx version: //'
  /usr/bin/python3.11 -c 'import aiohttp; print("aiohttp", aiohttp.__version__)'
  perl -MMojolicious -e 'print "Mojolicious ", Mojolicious->VERSION, "\n"'
  timeout 60 /usr/bin/python3.11 try.py "${ports[@]}"
)
expected=$(cat <<'SEEN'
nginx/1.22.1
aiohttp 3.8.4
Mojolicious 9.31
aiohttp: 200 with a strong tag, then 304
Mojolicious: 200 with a strong tag, then 304
nginx before aiohttp: 200 with a weak tag, then 200
nginx before Mojolicious: 200 with a weak tag, then 200
SEEN
)
echo "$output"
[ "$output" = "$expected" ] || { echo "The behaviour is another; it was:"; echo "$expected"; exit 1; }
