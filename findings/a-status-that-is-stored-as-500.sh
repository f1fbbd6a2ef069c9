#!/usr/bin/env bash
# Apache httpd 2.4.71 (Debian 2.4.71-1~deb12u1) with mod_cache_disk sends a stored 299 or 418 as "500 Internal Server Error".
#
# RFC 9110 §15: "HTTP status codes are extensible", and one that isn't known is treated as the x00 of its class. RFC 9111 §4: a response that is
# fresh is reused as it is. The first client gets the origin's status and the others 500, for as long as the response is fresh, and with
# the origin's content. The origin has answered right, its log has one request, and a request around the cache shows nothing.
#
# Guess before the first run: the second response has the status of the first.
# Seen: so for 203, 410 and 451; 500 for 299 and 418.
#
# Needs: a Debian bookworm (amd64) with apt, and python3. Exits with 1 if the behaviour is another.
set -euo pipefail
work=$(mktemp -d)
trap 'kill ${origin:-} ${httpd:-} 2>/dev/null || true; rm -rf "$work"' EXIT
cd "$work"

apt-get download -q apache2-bin=2.4.71-1~deb12u1 libapr1=1.7.2-3+deb12u1 libaprutil1=1.6.3-1+deb12u1 >/dev/null 2>&1
apt-get download -q libexpat1 libuuid1 libpcre2-8-0 >/dev/null 2>&1
for package in ./*.deb; do dpkg-deb -x "$package" root; done
libraries="$work/root/usr/lib/x86_64-linux-gnu:$work/root/lib/x86_64-linux-gnu"

cat > origin.py <<'PYTHON'
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self.send_response(int(self.path[1:]), "Reason")
        self.send_header("Cache-Control", "max-age=600")
        self.send_header("Content-Length", "5")
        self.end_headers()
        self.wfile.write(b"hello")

    def log_message(self, *arguments):
        pass


server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
print(server.server_port, flush=True)
server.serve_forever()
PYTHON
timeout 60 python3 origin.py > origin &
origin=$!
for _ in $(seq 50); do [ -s origin ] && break; sleep 0.1; done

port=$(python3 -c 'import socket; s = socket.create_server(("127.0.0.1", 0)); print(s.getsockname()[1])')
mkdir -m 777 stored
chmod 755 "$work"
{
  echo "ServerRoot $work"
  echo "ServerName localhost"
  echo "Listen 127.0.0.1:$port"
  echo "PidFile $work/httpd.pid"
  echo "ErrorLog $work/httpd.log"
  for module in mpm_event authz_core proxy proxy_http cache cache_disk; do
    echo "LoadModule ${module}_module $work/root/usr/lib/apache2/modules/mod_$module.so"
  done
  echo "CacheEnable disk /"
  echo "CacheRoot $work/stored"
  echo "ProxyPass / http://127.0.0.1:$(cat origin)/"
} > httpd.conf
LD_LIBRARY_PATH=$libraries timeout 60 root/usr/sbin/apache2 -X -f "$work/httpd.conf" 2>/dev/null &
httpd=$!

cat > try.py <<'PYTHON'
import http.client
import socket
import sys
import time

port = int(sys.argv[1])
for _ in range(100):
    try:
        socket.create_connection(("127.0.0.1", port)).close()
        break
    except OSError:
        time.sleep(0.1)
for status in (203, 299, 410, 418, 451):
    seen = []
    for _ in range(2):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        connection.request("GET", f"/{status}")
        response = connection.getresponse()
        seen.append(f"{response.status} '{response.read().decode()}' {'stored' if response.getheader('Age') else 'new'}")
        connection.close()
    print(", ".join(seen))
PYTHON
output=$(LD_LIBRARY_PATH=$libraries root/usr/sbin/apache2 -v | sed -n 's/Server version: //p'; timeout 60 python3 try.py "$port")
expected=$(cat <<'SEEN'
Apache/2.4.71 (Debian)
203 'hello' new, 203 'hello' stored
299 'hello' new, 500 'hello' stored
410 'hello' new, 410 'hello' stored
418 'hello' new, 500 'hello' stored
451 'hello' new, 451 'hello' stored
SEEN
)
echo "$output"
[ "$output" = "$expected" ] || { echo "The behaviour is another; it was:"; echo "$expected"; exit 1; }
