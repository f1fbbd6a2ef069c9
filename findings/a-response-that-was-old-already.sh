#!/usr/bin/env bash
# httplib2 0.20.4 (Debian 0.20.4-3+deb12u1) and CacheControl 0.12.12 (Debian 0.12.12-2) don't read Age. A response that has been in
# another cache for 100 seconds stays fresh for 60 more.
#
# RFC 9111 §4.2.3: the age of a response is at least the value of its Age field. Both take the difference to Date instead, which is the same
# as long as Date comes from the origin. nginx sends a Date of its own and leaves Age as it is, so behind nginx and a shared cache these
# clients keep a response for up to twice its time. A server whose pages seem to change late has no other sign of it.
#
# Guess before the first run: the second request goes to the server.
# Seen: one request for both, with and without Age.
#
# Needs: a Debian bookworm (amd64) with apt, and python3.11. Exits with 1 if the behaviour is another.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

apt-get download -q python3-httplib2=0.20.4-3+deb12u1 python3-cachecontrol=0.12.12-2 python3-pyparsing python3-msgpack >/dev/null 2>&1
apt-get download -q python3-requests python3-urllib3 python3-idna python3-chardet python3-charset-normalizer python3-certifi python3-six >/dev/null 2>&1
for package in ./*.deb; do dpkg-deb -x "$package" root; done
export PYTHONPATH="$work/root/usr/lib/python3/dist-packages" PYTHONDONTWRITEBYTECODE=1

cat > try.py <<'PYTHON'
import threading
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import cachecontrol
import httplib2
import requests

requests_seen = []


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        requests_seen.append(self.path)
        self.send_response_only(200)
        self.send_header("Date", formatdate(usegmt=True))
        self.send_header("Cache-Control", "max-age=60" if self.path != "/expired" else "max-age=0")
        if self.path == "/age":
            self.send_header("Age", "100")
        self.send_header("Content-Length", "5")
        self.end_headers()
        self.wfile.write(b"hello")

    def log_message(self, *arguments):
        pass


server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
threading.Thread(target=server.serve_forever, daemon=True).start()
http = httplib2.Http("cache")
session = cachecontrol.CacheControl(requests.Session())
for name, version, get in (("httplib2", httplib2.__version__, http.request), ("CacheControl", cachecontrol.__version__, session.get)):
    for path in ("/expired", "/fresh", "/age"):
        requests_seen.clear()
        for _ in range(2):
            get(f"http://127.0.0.1:{server.server_port}{path}")
        print(f"{name} {version}, {path}: {len(requests_seen)} of 2 requests reach the server")
PYTHON
output=$(timeout 60 /usr/bin/python3.11 -W ignore try.py)
expected=$(cat <<'SEEN'
httplib2 0.20.4, /expired: 2 of 2 requests reach the server
httplib2 0.20.4, /fresh: 1 of 2 requests reach the server
httplib2 0.20.4, /age: 1 of 2 requests reach the server
CacheControl 0.12.12, /expired: 2 of 2 requests reach the server
CacheControl 0.12.12, /fresh: 1 of 2 requests reach the server
CacheControl 0.12.12, /age: 1 of 2 requests reach the server
SEEN
)
echo "$output"
[ "$output" = "$expected" ] || { echo "The behaviour is another; it was:"; echo "$expected"; exit 1; }
