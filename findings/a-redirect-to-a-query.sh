#!/usr/bin/env bash
# wget2 1.99.1 (Debian 1.99.1-2.2) and lftp 4.9.2 (Debian 4.9.2-2+b1) follow "Location: ?page=2" to another path than its own.
#
# RFC 9110 §10.2.2 has a relative reference resolved by RFC 3986, §5.2.2 of which keeps the whole path of the base for a reference that is only a
# query: "?page=2" in the answer for /list is /list?page=2.
#
# Guess before the first run: both get "hello", as curl and wget 1.21 do.
# Seen: wget2 asks for /?page=2 (8, a 404), lftp for a 404 too.
#
# Needs: a Debian bookworm (amd64) with apt and python3. Exits with 1 if the behaviour is another.
set -euo pipefail
work=$(mktemp -d)
trap 'kill "${server:-}" 2>/dev/null || true; rm -rf "$work"' EXIT
cd "$work"

apt-get download -q wget2=1.99.1-2.2 libwget0=1.99.1-2.2 lftp=4.9.2-2+b1 libreadline8=8.2-1.3 >/dev/null 2>&1
for package in ./*.deb; do dpkg-deb -x "$package" root; done
export LD_LIBRARY_PATH="$work/root/usr/lib/x86_64-linux-gnu:$work/root/lib/x86_64-linux-gnu"


cat > server.py <<'PYTHON'
import socket

RESPONSES = {
    "/list": b"HTTP/1.1 302 Found\r\nLocation: ?page=2\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
    "/list?page=2": b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello",
    "/?page=2": b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
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
  for client in "wget2 -q -O -" "lftp -c cat"; do
    status=0
    # shellcheck disable=SC2086
    got=$(HOME="$work" timeout 20 root/usr/bin/$client "$url/list" 2>/dev/null) || status=$?
    echo "${client%% *}: status $status, '$got'"
  done
)
expected=$(cat <<'SEEN'
wget2: status 8, ''
lftp: status 1, ''
SEEN
)
echo "$output"
[ "$output" = "$expected" ] || { echo "The behaviour is another; it was:"; echo "$expected"; exit 1; }
