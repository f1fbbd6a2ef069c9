#!/usr/bin/env bash
# axel 2.17.11 (Debian 2.17.11-3), busybox wget 1.35.0 (Debian 1:1.35.0-4+deb12u1+b1) and lftp 4.9.2 (Debian 4.9.2-2+b1) send the fragment of a
# redirect to the server, and get 404.
#
# RFC 9110 §10.2.2: "If the Location value provided in a 3xx (Redirection) response does not have a fragment component, a user agent MUST process
# the redirection as if the value inherits the fragment component", so Location may have one; §7.1: the target URI leaves it out, as it is the
# client's own. A page moved to a section of another ("Location: /manual#install") is found by browsers and curl, and not by these.
#
# Guess before the first run: "GET /manual", and "hello" for all of them.
# Seen: "GET /manual#install", and 404; curl sends "GET /manual".
#
# Needs: a Debian bookworm (amd64) with apt, python3 and curl. Exits with 1 if the behaviour is another.
set -euo pipefail
work=$(mktemp -d)
trap 'kill "${server:-}" 2>/dev/null || true; rm -rf "$work"' EXIT
cd "$work"

apt-get download -q axel=2.17.11-3 busybox=1:1.35.0-4+deb12u1+b1 lftp=4.9.2-2+b1 >/dev/null 2>&1
apt-get download -q libgnutls30 libreadline8 libtinfo6 libidn2-0 libp11-kit0 libunistring2 libtasn1-6 libnettle8 libhogweed6 libgmp10 libffi8 >/dev/null 2>&1
for package in ./*.deb; do dpkg-deb -x "$package" root; done
export LD_LIBRARY_PATH="$work/root/usr/lib/x86_64-linux-gnu:$work/root/lib/x86_64-linux-gnu"

cat > server.py <<'PYTHON'
from http.server import BaseHTTPRequestHandler, HTTPServer


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        with open("targets", "a") as file:
            file.write(self.path + "\n")
        if self.path == "/old":
            self.send_response_only(302)
            self.send_header("Location", "/manual#install")
        else:
            self.send_response_only(200 if self.path == "/manual" else 404)
        content = b"hello" if self.path == "/manual" else b""
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
url="http://127.0.0.1:$(cat port)/old"

try() {
  rm -f targets file
  status=0
  "${@:2}" >/dev/null 2>&1 || status=$?
  echo "$1: $(sed -n 2p targets), status $status"
}
output=$(
  LD_LIBRARY_PATH="" try curl curl -sfL -o file "$url"
  try axel timeout 20 root/usr/bin/axel -q -n 1 -o file "$url"
  try busybox timeout 20 root/bin/busybox wget -q -O file "$url"
  HOME="$work" try lftp timeout 20 root/usr/bin/lftp -c "set net:max-retries 1; get $url -o file"
)
expected=$(cat <<'SEEN'
curl: /manual, status 0
axel: /manual#install, status 1
busybox: /manual#install, status 1
lftp: /manual#install, status 1
SEEN
)
echo "$output"
[ "$output" = "$expected" ] || { echo "The behaviour is another; it was:"; echo "$expected"; exit 1; }
