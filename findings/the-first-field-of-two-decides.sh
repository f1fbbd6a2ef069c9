#!/usr/bin/env bash
# nginx 1.22.1 (Debian 1.22.1-9+deb12u11) stores a response with "Expires: 0" and "Cache-Control: max-age=60" only if the latter comes first.
#
# RFC 9111 §5.3: "If a response includes a Cache-Control header field with the max-age directive (Section 5.2.2.1), a recipient MUST ignore the
# Expires header field", and the order of fields with different names has no meaning (RFC 9110 §5.3). An application that forbids storing by
# Expires and a layer above it that allows it by max-age add their fields in an order that nobody chose. Behind nginx such a server gets every
# request or one a minute, by the order in which its code sets two headers.
#
# Guess before the first run: one of three requests reaches the origin, in both orders.
# Seen: all three do, where Expires comes first.
#
# Needs: a Debian bookworm (amd64) with apt, and python3. Exits with 1 if the behaviour is another.
set -euo pipefail
work=$(mktemp -d)
trap 'kill "${nginx:-}" 2>/dev/null || true; rm -rf "$work"' EXIT
cd "$work"

apt-get download -q nginx=1.22.1-9+deb12u11 libpcre2-8-0 libssl3 >/dev/null 2>&1
for package in ./*.deb; do dpkg-deb -x "$package" root; done
libraries="$work/root/usr/lib/x86_64-linux-gnu"

free() { python3 -c 'import socket; s = socket.create_server(("127.0.0.1", 0)); print(s.getsockname()[1])'; }
ports=($(free) $(free))
cat > nginx.conf <<CONF
daemon off;
master_process off;
pid $work/nginx.pid;
error_log $work/error.log;
events {}
http {
  access_log off;
  client_body_temp_path $work/a; proxy_temp_path $work/b; fastcgi_temp_path $work/c; uwsgi_temp_path $work/d; scgi_temp_path $work/e;
  proxy_cache_path $work/stored keys_zone=zone:1m;
  server { listen 127.0.0.1:${ports[0]}; location / { proxy_pass http://127.0.0.1:${ports[1]}; proxy_cache zone; } }
}
CONF
LD_LIBRARY_PATH=$libraries timeout 60 root/usr/sbin/nginx -p "$work" -c "$work/nginx.conf" 2>/dev/null &
nginx=$!

cat > try.py <<'PYTHON'
import http.client
import socket
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

port, origin = map(int, sys.argv[1:])
EXPIRES, MAX_AGE = ("Expires", "0"), ("Cache-Control", "max-age=60")
ORDERS = {"/expires-alone": [EXPIRES], "/max-age-first": [MAX_AGE, EXPIRES], "/expires-first": [EXPIRES, MAX_AGE]}
seen = []


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        seen.append(self.path)
        self.send_response(200)
        for name, value in ORDERS[self.path]:
            self.send_header(name, value)
        self.send_header("Content-Length", "5")
        self.end_headers()
        self.wfile.write(b"hello")

    def log_message(self, *arguments):
        pass


threading.Thread(target=ThreadingHTTPServer(("127.0.0.1", origin), Handler).serve_forever, daemon=True).start()
for _ in range(100):
    try:
        socket.create_connection(("127.0.0.1", port)).close()
        break
    except OSError:
        time.sleep(0.1)
for path in ORDERS:
    seen.clear()
    for _ in range(3):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        connection.request("GET", path)
        connection.getresponse().read()
        connection.close()
    print(f"{path}: {len(seen)} of 3 reach the origin")
PYTHON
output=$(LD_LIBRARY_PATH=$libraries root/usr/sbin/nginx -v 2>&1 | sed 's/nginx version: //'; timeout 60 python3 try.py "${ports[@]}")
expected=$(cat <<'SEEN'
nginx/1.22.1
/expires-alone: 3 of 3 reach the origin
/max-age-first: 1 of 3 reach the origin
/expires-first: 3 of 3 reach the origin
SEEN
)
echo "$output"
[ "$output" = "$expected" ] || { echo "The behaviour is another; it was:"; echo "$expected"; exit 1; }
