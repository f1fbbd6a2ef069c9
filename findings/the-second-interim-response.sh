#!/usr/bin/env bash
# PHP 8.2's http:// streams (Debian 8.2.36-1~deb12u1) read past one interim response, and take the second one for the final response.
#
# RFC 9110 §15.2: "A client MUST be able to parse one or more 1xx responses received prior to a final response". A server may send
# "100 Continue" and then "103 Early Hints", or several 102 or 103 while it works. file_get_contents then fails as for a 404, and the warning
# names a request that failed with "103 Early Hints". A test of a server with one interim response finds PHP well able to read them.
#
# Guess before the first run: "hello" for all of them.
# Seen: "hello" for one, false for two.
#
# Needs: a Debian bookworm (amd64) with apt, and python3. Exits with 1 if the behaviour is another.
set -euo pipefail
work=$(mktemp -d)
trap 'kill "${server:-}" 2>/dev/null || true; rm -rf "$work"' EXIT
cd "$work"

apt-get download -q php8.2-cli=8.2.36-1~deb12u1 libxml2 libsodium23 libargon2-1 libicu72 liblzma5 libpcre2-8-0 libssl3 >/dev/null 2>&1
for package in ./*.deb; do dpkg-deb -x "$package" root; done

cat > server.py <<'PYTHON'
import socket

RESPONSES = {
    "/none": b"",
    "/one": b"HTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload\r\n\r\n",
    "/two": b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload\r\n\r\n",
}
server = socket.create_server(("127.0.0.1", 0))
print(server.getsockname()[1], flush=True)
while True:
    connection, _ = server.accept()
    with connection:
        target = connection.recv(65536).split(b" ")[1].decode()
        connection.sendall(RESPONSES[target] + b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello")
PYTHON
timeout 60 python3 server.py > port &
server=$!
for _ in $(seq 50); do [ -s port ] && break; sleep 0.1; done

cat > try.php <<'PHP'
<?php
echo PHP_VERSION, "\n";
foreach (["none", "one", "two"] as $path) {
  $content = @file_get_contents("http://127.0.0.1:$argv[1]/$path");
  echo "$path: ", $content === false ? trim(strstr(error_get_last()["message"], "HTTP request failed")) : $content, "\n";
}
PHP
output=$(LD_LIBRARY_PATH="$work/root/usr/lib/x86_64-linux-gnu:$work/root/lib/x86_64-linux-gnu" timeout 60 root/usr/bin/php8.2 -n try.php "$(cat port)")
expected=$(cat <<'SEEN'
8.2.36
none: hello
one: hello
two: HTTP request failed! HTTP/1.1 103 Early Hints
SEEN
)
echo "$output"
[ "$output" = "$expected" ] || { echo "The behaviour is another; it was:"; echo "$expected"; exit 1; }
