#!/usr/bin/env bash
# wget2 1.99.1 (Debian 1.99.1-2.2) takes "103 Early Hints" for the final response: it saves nothing, says nothing, and exits with 0.
#
# RFC 9110 §15.2: "A client MUST be able to parse one or more 1xx responses received prior to a final response, even if the client does
# not expect one." The server below sends a 103 with a Link field, and then a 200 of five bytes, in one connection.
#
# Guess before the first run: it reads on, as wget 1.21 and curl do, or at least fails with a status.
# Seen: no file, no output, status 0. curl gets "final" from the same server.
#
# Needs: a Debian bookworm with apt, python3 and curl. Exits with 1 if the behaviour is another.
set -euo pipefail
work=$(mktemp -d)
trap 'kill "${server:-}" 2>/dev/null || true; rm -rf "$work"' EXIT
cd "$work"

apt-get download -q wget2=1.99.1-2.2 libwget0=1.99.1-2.2 >/dev/null
for package in ./*.deb; do dpkg-deb -x "$package" root; done
library=$(dirname "$(find root -name 'libwget.so.*' | head -n 1)")

cat > server.py <<'PYTHON'
import socket

server = socket.create_server(("127.0.0.1", 0))
print(server.getsockname()[1], flush=True)
while True:
    connection, _ = server.accept()
    with connection:
        connection.recv(65536)
        connection.sendall(b"HTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload\r\n\r\n")
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\nfinal")
PYTHON
python3 server.py > port &
server=$!
for _ in $(seq 50); do [ -s port ] && break; sleep 0.1; done
url="http://127.0.0.1:$(cat port)/page"

curl_got=$(curl -s "$url")
status=0
output=$(LD_LIBRARY_PATH="$library" timeout 20 root/usr/bin/wget2 -q -O page "$url" 2>&1) || status=$?
size=$([ -e page ] && wc -c < page || echo none)
echo "curl: '$curl_got'; wget2: status $status, output '$output', bytes saved: $size"
[ "$curl_got" = final ] && [ "$status" = 0 ] && [ "$output" = "" ] && [ "$size" = none ] || { echo "The behaviour is another."; exit 1; }
