#!/usr/bin/env bash
# wget2 1.99.1 (Debian 1.99.1-2.2) saves nothing of a "203 Non-Authoritative Information", says nothing, and exits with 0.
#
# RFC 9110 §15.3.4: the request was successful, and the content is that of the 200, changed by a transforming proxy. §15: a status code that
# is not known is treated as the x00 of its class.
#
# Guess before the first run: it saves the five bytes, as wget 1.21 and curl do.
# Seen: a file for 200; no file and status 0 for 203.
#
# Needs: a Debian bookworm (amd64) with apt and python3. Exits with 1 if the behaviour is another.
set -euo pipefail
work=$(mktemp -d)
trap 'kill "${server:-}" 2>/dev/null || true; rm -rf "$work"' EXIT
cd "$work"

apt-get download -q wget2=1.99.1-2.2 libwget0=1.99.1-2.2 >/dev/null 2>&1
for package in ./*.deb; do dpkg-deb -x "$package" root; done
export LD_LIBRARY_PATH="$work/root/usr/lib/x86_64-linux-gnu:$work/root/lib/x86_64-linux-gnu"


cat > server.py <<'PYTHON'
import socket

RESPONSES = {
    "/200": b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello",
    "/203": b"HTTP/1.1 203 Non-Authoritative Information\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello",
}
server = socket.create_server(("127.0.0.1", 0))
print(server.getsockname()[1], flush=True)
while True:
    connection, _ = server.accept()
    with connection:
        request = connection.recv(65536)
        target = request.split(b" ")[1].decode() if b" " in request else ""
        connection.sendall(RESPONSES.get(target, b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"))
PYTHON
python3 server.py > port &
server=$!
for _ in $(seq 50); do [ -s port ] && break; sleep 0.1; done
url="http://127.0.0.1:$(cat port)"

output=$(
  for code in 200 203; do
    status=0
    timeout 20 root/usr/bin/wget2 -q -O "$code" "$url/$code" || status=$?
    echo "$code: status $status, bytes saved: $([ -e "$code" ] && wc -c < "$code" || echo none)"
  done
)
expected=$(cat <<'SEEN'
200: status 0, bytes saved: 5
203: status 0, bytes saved: none
SEEN
)
echo "$output"
[ "$output" = "$expected" ] || { echo "The behaviour is another; it was:"; echo "$expected"; exit 1; }
