#!/usr/bin/env bash
# PHP 8.2's http:// streams (Debian 8.2.36-1~deb12u1), axel 2.17.11 (Debian 2.17.11-3) and busybox wget 1.35.0 (Debian 1:1.35.0-4+deb12u1+b1)
# ask the first server for the path "//host/new" where Location says "//host/new".
#
# RFC 9110 §10.2.2: Location is a URI reference, resolved against the target URI; RFC 3986 §4.2: one that begins with two slashes is a
# network-path reference, which names a host and keeps the scheme. Servers that are reached by http and https answer so, because they need not
# know which of the two it was. These clients stay with the first host and ask it for a path, which it usually doesn't have.
#
# Guess before the first run: "hello" from the second server.
# Seen: 404 from the first one; curl gets "hello".
#
# Needs: a Debian bookworm (amd64) with apt, python3 and curl. Exits with 1 if the behaviour is another.
set -euo pipefail
work=$(mktemp -d)
trap 'kill "${server:-}" 2>/dev/null || true; rm -rf "$work"' EXIT
cd "$work"

apt-get download -q axel=2.17.11-3 busybox=1:1.35.0-4+deb12u1+b1 >/dev/null 2>&1
apt-get download -q php8.2-cli=8.2.36-1~deb12u1 libxml2 libsodium23 libargon2-1 libicu72 liblzma5 libpcre2-8-0 libssl3 >/dev/null 2>&1
for package in ./*.deb; do dpkg-deb -x "$package" root; done

cat > server.py <<'PYTHON'
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        found = self.path == "/new" and self.server is second
        content = b"hello" if found else b""
        with open("targets", "a") as file:
            file.write(f"{'second' if self.server is second else 'first'} server, {self.requestline.split()[1].replace(str(second.server_port), 'PORT')}\n")
        if self.path == "/old":
            self.send_response(302)
            self.send_header("Location", f"//127.0.0.1:{second.server_port}/new")
        else:
            self.send_response(200 if found else 404)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *arguments):
        pass


first = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
second = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
threading.Thread(target=second.serve_forever, daemon=True).start()
print(first.server_port, flush=True)
first.serve_forever()
PYTHON
timeout 100 python3 server.py > port &
server=$!
for _ in $(seq 50); do [ -s port ] && break; sleep 0.1; done
url="http://127.0.0.1:$(cat port)/old"

try() {
  rm -f targets file
  status=0
  timeout 20 "${@:2}" >/dev/null 2>&1 || status=$?
  echo "$1: $(sed -n 2p targets)"
}
output=$(
  try curl curl -sfL -o file "$url"
  export LD_LIBRARY_PATH="$work/root/usr/lib/x86_64-linux-gnu:$work/root/lib/x86_64-linux-gnu"
  try PHP root/usr/bin/php8.2 -n -r 'file_get_contents($argv[1]);' "$url"
  try axel root/usr/bin/axel -q -n 1 -o file "$url"
  try busybox root/bin/busybox wget -q -O file "$url"
)
expected=$(cat <<'SEEN'
curl: second server, /new
PHP: first server, //127.0.0.1:PORT/new
axel: first server, //127.0.0.1:PORT/new
busybox: first server, //127.0.0.1:PORT/new
SEEN
)
echo "$output"
[ "$output" = "$expected" ] || { echo "The behaviour is another; it was:"; echo "$expected"; exit 1; }
