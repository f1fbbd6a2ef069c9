#!/usr/bin/env bash
# Tcl's http package (2.9.8, Tcl 8.6.13, Debian 8.6.13+dfsg-2) gives no content for a response that ends with its connection, unless a field
# says "Connection: close".
#
# RFC 9112 §6.3, rule 8: a response without Content-Length and Transfer-Encoding has all the bytes up to the connection's end. HTTP/1.0 servers
# answer so, Python's http.server among them where a handler names no length, and close without announcing it.
#
# Guess before the first run: "hello" for all, as curl, Ruby, PHP, Perl, Lua, Guile and Erlang see it.
# Seen: "hello" with Connection: close or a length; nothing, with status 200 and no error, for HTTP/1.0 without them.
#
# Needs: a Debian bookworm (amd64) with apt and python3. Exits with 1 if the behaviour is another.
set -euo pipefail
work=$(mktemp -d)
trap 'kill "${server:-}" 2>/dev/null || true; rm -rf "$work"' EXIT
cd "$work"

apt-get download -q tcl8.6=8.6.13+dfsg-2 libtcl8.6=8.6.13+dfsg-2 >/dev/null 2>&1
for package in ./*.deb; do dpkg-deb -x "$package" root; done
export LD_LIBRARY_PATH="$work/root/usr/lib/x86_64-linux-gnu:$work/root/lib/x86_64-linux-gnu"
export TCL_LIBRARY="$work/root/usr/share/tcltk/tcl8.6"
export TCL8_6_TM_PATH="$work/root/usr/share/tcltk/tcl8/8.6"

cat > server.py <<'PYTHON'
import socket

RESPONSES = {
    "/length": b"HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 5\r\n\r\nhello",
    "/close": b"HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\nConnection: close\r\n\r\nhello",
    "/neither": b"HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\n\r\nhello",
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

cat > try.tcl <<'TCL'
package require -exact http 2.9.8
foreach name {length close neither} {
  set token [http::geturl "[lindex $argv 0]/$name" -timeout 5000]
  puts "$name: [http::ncode $token] '[http::data $token]'"
}
TCL
output=$(timeout 20 root/usr/bin/tclsh8.6 try.tcl "$url")
expected=$(cat <<'SEEN'
length: 200 'hello'
close: 200 'hello'
neither: 200 ''
SEEN
)
echo "$output"
[ "$output" = "$expected" ] || { echo "The behaviour is another; it was:"; echo "$expected"; exit 1; }
