#!/usr/bin/env bash
# Ruby 3.1's open-uri (Debian's libruby3.1 3.1.7+really3.1.2-0+deb12u1), lynx 2.9.0dev.12 (Debian 2.9.0dev.12-1) and w3m 0.5.3 (Debian
# 0.5.3+git20230121-2) follow 307, and not 308.
#
# RFC 9110 §15.4.9 (before it RFC 7538, of 2015): 308 is the permanent one of the pair that keeps the method, and "the user agent MAY use the
# Location field value for automatic redirection" as for 307. It is what a server answers to move a form or an API for good. lynx and w3m end with
# an empty page and status 0, so a script that reads pages with them doesn't notice the move; open-uri raises an error.
#
# Guess before the first run: "hello" for both codes.
# Seen: "hello" for 307 only.
#
# Needs: a Debian bookworm (amd64) with apt, and python3. Exits with 1 if the behaviour is another.
set -euo pipefail
work=$(mktemp -d)
trap 'kill "${server:-}" 2>/dev/null || true; rm -rf "$work"' EXIT
cd "$work"

apt-get download -q ruby3.1=3.1.7+really3.1.2-0+deb12u1 libruby3.1=3.1.7+really3.1.2-0+deb12u1 libgmp10 lynx=2.9.0dev.12-1 >/dev/null 2>&1
apt-get download -q lynx-common=2.9.0dev.12-1 w3m=0.5.3+git20230121-2 libgc1 libgpm2 libgnutls30 libidn2-0 libp11-kit0 libunistring2 >/dev/null 2>&1
apt-get download -q libtasn1-6 libnettle8 libhogweed6 libffi8 libncursesw6 libtinfo6 libbsd0 libmd0 libssl3 >/dev/null 2>&1
for package in ./*.deb; do dpkg-deb -x "$package" root; done
lib="$work/root/usr/lib"

cat > server.py <<'PYTHON'
from http.server import BaseHTTPRequestHandler, HTTPServer


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        content = b"" if self.path in ("/307", "/308") else b"hello\n"
        self.send_response(200 if content else int(self.path[1:]))
        if not content:
            self.send_header("Location", "/new")
        self.send_header("Content-Type", "text/plain")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *arguments):
        pass


server = HTTPServer(("127.0.0.1", 0), Handler)
print(server.server_port, flush=True)
server.serve_forever()
PYTHON
timeout 100 python3 server.py > port &
server=$!
for _ in $(seq 50); do [ -s port ] && break; sleep 0.1; done
url="http://127.0.0.1:$(cat port)"

export HOME="$work" TERM=dumb LD_LIBRARY_PATH="$lib/x86_64-linux-gnu:$work/root/lib/x86_64-linux-gnu"
export RUBYLIB="$lib/ruby/vendor_ruby:$lib/ruby/3.1.0:$lib/x86_64-linux-gnu/ruby/3.1.0"
: > lynx.cfg
try() {
  status=0
  got=$(timeout 20 "${@:2}" 2>/dev/null) || status=$?
  echo "$1: '$got', status $status"
}
output=$(
  for code in 307 308; do
    try "open-uri, $code" root/usr/bin/ruby3.1 --disable-gems -ropen-uri -e "print URI.open(ARGV[0]).read" "$url/$code"
    try "lynx, $code" root/usr/bin/lynx -cfg=lynx.cfg -source "$url/$code"
    try "w3m, $code" root/usr/bin/w3m -config /dev/null -dump_source "$url/$code"
  done
)
expected=$(cat <<'SEEN'
open-uri, 307: 'hello', status 0
lynx, 307: 'hello', status 0
w3m, 307: 'hello', status 0
open-uri, 308: '', status 1
lynx, 308: '', status 0
w3m, 308: '', status 0
SEEN
)
echo "$output"
[ "$output" = "$expected" ] || { echo "The behaviour is another; it was:"; echo "$expected"; exit 1; }
