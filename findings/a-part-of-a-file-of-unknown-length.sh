#!/usr/bin/env bash
# lftp 4.9.2 (Debian 4.9.2-2+b1) takes half a file for the whole one, with status 0, where a 206 says "bytes 5-9/*".
#
# RFC 9110 §14.4: "For byte ranges, a sender SHOULD indicate the complete length of the representation from which the range has been extracted,
# unless the complete length is unknown or difficult to determine. An asterisk character ("*") in place of the complete-length indicates that"
# it was unknown. A server that makes its content as it goes answers so. lftp goes on with the five bytes that it has, reads nothing, and says
# nothing; curl, wget, aria2 and axel append the other five.
#
# Guess before the first run: "0123456789" for both.
# Seen: "01234" for the second, and status 0.
#
# Needs: a Debian bookworm (amd64) with apt, python3 and curl. Exits with 1 if the behaviour is another.
set -euo pipefail
work=$(mktemp -d)
trap 'kill "${server:-}" 2>/dev/null || true; rm -rf "$work"' EXIT
cd "$work"

apt-get download -q lftp=4.9.2-2+b1 libgnutls30 libreadline8 libtinfo6 libidn2-0 libp11-kit0 libunistring2 libtasn1-6 >/dev/null 2>&1
apt-get download -q libnettle8 libhogweed6 libgmp10 libffi8 >/dev/null 2>&1
for package in ./*.deb; do dpkg-deb -x "$package" root; done

cat > server.py <<'PYTHON'
from http.server import BaseHTTPRequestHandler, HTTPServer

CONTENT = b"0123456789"


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        start = int(self.headers.get("Range", "bytes=0-").split("=")[1].split("-")[0])
        self.send_response_only(206)
        self.send_header("Content-Range", f"bytes {start}-9/{'10' if self.path == '/known' else '*'}")
        self.send_header("Content-Length", str(len(CONTENT) - start))
        self.end_headers()
        self.wfile.write(CONTENT[start:])

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

try() {
  printf 01234 > file
  status=0
  "${@:2}" >/dev/null 2>&1 || status=$?
  echo "$1: $(cat file), status $status"
}
output=$(
  for path in known unknown; do
    try "curl, $path" curl -sf -C - -o file "$url/$path"
    HOME="$work" LD_LIBRARY_PATH="$work/root/usr/lib/x86_64-linux-gnu:$work/root/lib/x86_64-linux-gnu" \
      try "lftp, $path" timeout 20 root/usr/bin/lftp -c "set net:max-retries 1; get -c $url/$path -o file"
  done
)
expected=$(cat <<'SEEN'
curl, known: 0123456789, status 0
lftp, known: 0123456789, status 0
curl, unknown: 0123456789, status 0
lftp, unknown: 01234, status 0
SEEN
)
echo "$output"
[ "$output" = "$expected" ] || { echo "The behaviour is another; it was:"; echo "$expected"; exit 1; }
