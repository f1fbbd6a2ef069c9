#!/usr/bin/env bash
# webfsd 1.21 (Debian's webfs 1.21+ds1-12+b1) answers a range that ends behind the end of the file by 400, and one that begins there by 206.
#
# RFC 9110 §14.1.2: "If the last-pos value is absent, or if the value is greater than or equal to the current length of the representation
# data, the byte range is interpreted as the remainder of the representation"; a range that begins behind the end can't be satisfied
# (§15.5.17: 416). Clients that read blocks of a fixed size ask so for the last block, and one that goes on with a file
# that it has already asks for the byte behind its end. The 206 has no content, and its Content-Range "bytes 10-9/10" is invalid.
#
# Guess before the first run: 206 with "56789" for the first, 416 for the second.
# Seen: 400 and 206.
#
# Needs: a Debian bookworm (amd64) with apt, and python3. Exits with 1 if the behaviour is another.
set -euo pipefail
work=$(mktemp -d)
trap 'kill "${server:-}" 2>/dev/null || true; rm -rf "$work"' EXIT
cd "$work"

apt-get download -q webfs=1.21+ds1-12+b1 libgnutls30 libidn2-0 libp11-kit0 libunistring2 libtasn1-6 libnettle8 libhogweed6 libgmp10 libffi8 >/dev/null 2>&1
for package in ./*.deb; do dpkg-deb -x "$package" root; done
export LD_LIBRARY_PATH="$work/root/usr/lib/x86_64-linux-gnu:$work/root/lib/x86_64-linux-gnu"

mkdir public
printf 0123456789 > public/file
port=$(python3 -c 'import socket; s = socket.create_server(("127.0.0.1", 0)); print(s.getsockname()[1])')
timeout 60 root/usr/bin/webfsd -F -p "$port" -i 127.0.0.1 -r "$work/public" >/dev/null 2>&1 &
server=$!

cat > try.py <<'PYTHON'
import http.client
import socket
import sys
import time

port = int(sys.argv[1])
for _ in range(100):
    try:
        socket.create_connection(("127.0.0.1", port)).close()
        break
    except OSError:
        time.sleep(0.1)
for range_ in ("bytes=5-9", "bytes=5-99", "bytes=10-"):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request("GET", "/file", headers={"Range": range_})
    response = connection.getresponse()
    content = response.read().decode() if response.status == 206 else ""
    print(f"{range_}: {response.status} {response.getheader('Content-Range')} '{content}' from {response.getheader('Server')}")
    connection.close()
PYTHON
output=$(timeout 60 python3 try.py "$port")
expected=$(cat <<'SEEN'
bytes=5-9: 206 bytes 5-9/10 '56789' from webfs/1.21
bytes=5-99: 400 None '' from webfs/1.21
bytes=10-: 206 bytes 10-9/10 '' from webfs/1.21
SEEN
)
echo "$output"
[ "$output" = "$expected" ] || { echo "The behaviour is another; it was:"; echo "$expected"; exit 1; }
