#!/usr/bin/env bash
# Guile 3.0.8's (web client) (Debian 3.0.8-2) shows the framing of "Transfer-Encoding: Chunked" as content.
#
# RFC 9112 §7: "All transfer-coding names are case-insensitive".
#
# Guess before the first run: "hello" for both.
# Seen: "hello" for "chunked"; the size line, "hello" and the last chunk for "Chunked".
#
# Needs: a Debian bookworm (amd64) with apt and python3. Exits with 1 if the behaviour is another.
set -euo pipefail
work=$(mktemp -d)
trap 'kill "${server:-}" 2>/dev/null || true; rm -rf "$work"' EXIT
cd "$work"

apt-get download -q guile-3.0=3.0.8-2 guile-3.0-libs=3.0.8-2 libgc1=1:8.2.2-3 >/dev/null 2>&1
for package in ./*.deb; do dpkg-deb -x "$package" root; done
export LD_LIBRARY_PATH="$work/root/usr/lib/x86_64-linux-gnu:$work/root/lib/x86_64-linux-gnu"
export GUILE_LOAD_PATH="$work/root/usr/share/guile/3.0" GUILE_LOAD_COMPILED_PATH="$work/root/usr/lib/x86_64-linux-gnu/guile/3.0/ccache"
export GUILE_AUTO_COMPILE=0

cat > server.py <<'PYTHON'
import socket

RESPONSES = {
    "/small": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
    "/capital": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\nConnection: close\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
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

cat > try.scm <<'SCHEME'
(use-modules (web client) (ice-9 receive) (ice-9 iconv))
(for-each
 (lambda (name)
   (format #t "~a: ~s\n" name
           (catch #t
             (lambda ()
               (receive (response body) (http-get (string-append (getenv "URL") "/" name) #:decode-body? #f)
                 (bytevector->string body "latin1")))
             (lambda (key . rest) key))))
 '("small" "capital"))
SCHEME
output=$(URL=$url timeout 60 root/usr/bin/guile-3.0 try.scm 2>/dev/null || URL=$url timeout 60 root/usr/lib/x86_64-linux-gnu/guile/3.0/bin/guile try.scm 2>/dev/null)
expected=$(cat <<'SEEN'
small: "hello"
capital: "5\r\nhello\r\n0\r\n\r\n"
SEEN
)
echo "$output"
[ "$output" = "$expected" ] || { echo "The behaviour is another; it was:"; echo "$expected"; exit 1; }
