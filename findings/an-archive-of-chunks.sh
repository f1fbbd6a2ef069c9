#!/usr/bin/env bash
# wget 1.21.3 (Debian 1.21.3-1+deb12u1) archives a page that came in chunks with the digest of the chunks, and leaves off the end of a trailer.
#
# WARC 1.0 (ISO 28500): a response's payload is its entity body (RFC 2616 §7.2: the content without the transfer coding), and its block is the
# whole response as it was received. The digest of the payload is how archives find a page that they have already; one page has another
# digest for each way in which its server divides it. A reader of the second archive waits for the empty line behind the trailer.
#
# Guess before the first run: one digest for "hello", and the whole response, as it is saved to a file.
# Seen: three digests; the last two bytes of the response with a trailer are not in the archive.
#
# Needs: a Debian bookworm (amd64) with apt, and python3. Exits with 1 if the behaviour is another.
set -euo pipefail
work=$(mktemp -d)
trap 'kill ${server:-} 2>/dev/null || true; rm -rf "$work"' EXIT
cd "$work"

apt-get download -q wget=1.21.3-1+deb12u1 libgnutls30 libidn2-0 libp11-kit0 libunistring2 libtasn1-6 libnettle8 libhogweed6 >/dev/null 2>&1
apt-get download -q libgmp10 libffi8 libpcre2-8-0 libpsl5 libuuid1 >/dev/null 2>&1
for package in ./*.deb; do dpkg-deb -x "$package" root; done
libraries="$work/root/usr/lib/x86_64-linux-gnu:$work/root/lib/x86_64-linux-gnu"

cat > responses.py <<'PYTHON'
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nConnection: close\r\n"
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
RESPONSES = {
    "length": HEAD + b"Content-Length: 5\r\n\r\nhello",
    "chunks": CHUNKED + b"2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n",
    "trailer": CHUNKED + b"5\r\nhello\r\n0\r\nX-Checked: yes\r\n\r\n",
}
PYTHON
cat > server.py <<'PYTHON'
import socket
from responses import RESPONSES

server = socket.create_server(("127.0.0.1", 0))
print(server.getsockname()[1], flush=True)
while True:
    connection, _ = server.accept()
    with connection:
        request = connection.recv(65536)
        if b" /" in request:
            connection.sendall(RESPONSES[request.split(b" ")[1].decode()[1:]])
PYTHON
cat > show.py <<'PYTHON'
import base64
import hashlib
import re
from responses import RESPONSES

for name, response in RESPONSES.items():
    records = open(f"{name}.warc", "rb").read().split(b"WARC/1.0\r\n")
    fields, rest = next(record for record in records if b"WARC-Type: response" in record).split(b"\r\n\r\n", 1)
    block = rest[: int(re.search(rb"Content-Length: (\d+)", fields)[1])]
    digest = re.search(rb"WARC-Payload-Digest: sha1:(\w+)", fields)[1]
    of = {base64.b32encode(hashlib.sha1(part).digest()): kind for kind, part in {"chunks": response.split(b"\r\n\r\n", 1)[1], "content": b"hello"}.items()}
    print(f"{name}: saved {open(name).read()}, digest of the {of.get(digest, 'chunks without their end')}, {len(response) - len(block)} bytes missing")
PYTHON
python3 server.py > port &
server=$!
for _ in $(seq 50); do [ -s port ] && break; sleep 0.1; done
for name in length chunks trailer; do
  LD_LIBRARY_PATH="$libraries" timeout 20 root/usr/bin/wget -q --no-config --no-proxy --no-warc-compression --warc-file="$name" -O "$name" "http://127.0.0.1:$(cat port)/$name"
done
output=$(python3 show.py)
expected=$(cat <<'SEEN'
length: saved hello, digest of the content, 0 bytes missing
chunks: saved hello, digest of the chunks, 0 bytes missing
trailer: saved hello, digest of the chunks without their end, 2 bytes missing
SEEN
)
echo "$output"
[ "$output" = "$expected" ] || { echo "The behaviour is another; it was:"; echo "$expected"; exit 1; }
