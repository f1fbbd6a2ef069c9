#!/usr/bin/env bash
# lighttpd 1.4.69 (Debian 1.4.69-1), h2o 2.2.5 (Debian 2.2.5+dfsg2-7) and Tornado 6.2 (Debian 6.2.0-3+deb12u4) ignore If-Match and
# If-Unmodified-Since: a client that asks for a part of one version gets a part of another, by 206.
#
# RFC 9110 §13.1.1 and §13.1.4: an origin server must evaluate If-Match, and If-Unmodified-Since where there is no If-Match, before it performs
# the method; where the condition is false, it answers 412. Readers of large files by ranges send the tag of the first response so, to
# notice that the file has been replaced. All three servers send such a tag, and answer 304 by it.
#
# Guess before the first run: 412 for the tag and for the date of an older version.
# Seen: 206 for both.
#
# Needs: a Debian bookworm (amd64) with apt, and python3.11. Exits with 1 if the behaviour is another.
set -euo pipefail
work=$(mktemp -d)
trap 'kill ${lighttpd:-} ${h2o:-} ${tornado:-} 2>/dev/null || true; rm -rf "$work"' EXIT
cd "$work"

apt-get download -q lighttpd=1.4.69-1 h2o=2.2.5+dfsg2-7 python3-tornado=6.2.0-3+deb12u4 >/dev/null 2>&1
apt-get download -q libxxhash0 libnettle8 libpcre2-8-0 libcrypt1 libssl3 libyaml-0-2 libstdc++6 >/dev/null 2>&1
for package in ./*.deb; do dpkg-deb -x "$package" root; done
export LD_LIBRARY_PATH="$work/root/usr/lib/x86_64-linux-gnu:$work/root/lib/x86_64-linux-gnu"

mkdir public
seq 1000 > public/file.txt
free() { LD_LIBRARY_PATH="" /usr/bin/python3.11 -c 'import socket; s = socket.create_server(("127.0.0.1", 0)); print(s.getsockname()[1])'; }
ports=($(free) $(free) $(free))

cat > lighttpd.conf <<CONF
server.document-root = "$work/public"
server.bind = "127.0.0.1"
server.port = ${ports[0]}
mimetype.assign = (".txt" => "text/plain")
CONF
timeout 60 root/usr/sbin/lighttpd -D -m root/usr/lib/lighttpd -f lighttpd.conf 2>/dev/null &
lighttpd=$!
cat > h2o.conf <<CONF
listen: {host: 127.0.0.1, port: ${ports[1]}}
num-threads: 1
user: $(id -un)
hosts: {default: {paths: {/: {file.dir: $work/public}}}}
CONF
timeout 60 root/usr/bin/h2o -c h2o.conf >/dev/null 2>&1 &
h2o=$!
cat > server.py <<'PYTHON'
import sys
import tornado.ioloop
import tornado.web

tornado.web.Application([("/(.*)", tornado.web.StaticFileHandler, {"path": "public"})]).listen(int(sys.argv[1]), "127.0.0.1")
tornado.ioloop.IOLoop.current().start()
PYTHON
PYTHONPATH=root/usr/lib/python3/dist-packages timeout 60 /usr/bin/python3.11 server.py "${ports[2]}" 2>/dev/null &
tornado=$!

cat > try.py <<'PYTHON'
import http.client
import socket
import sys
import time


def get(port, **fields):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request("GET", "/file.txt", headers={name.replace("_", "-"): value for name, value in fields.items()})
    response = connection.getresponse()
    response.read()
    connection.close()
    return response


for name, port in zip(("lighttpd", "h2o", "Tornado"), map(int, sys.argv[1:])):
    for _ in range(100):
        try:
            socket.create_connection(("127.0.0.1", port)).close()
            break
        except OSError:
            time.sleep(0.1)
    first = get(port)
    again = get(port, If_None_Match=first.getheader("ETag"))
    tag = get(port, Range="bytes=0-4", If_Match='"older"')
    date = get(port, Range="bytes=0-4", If_Unmodified_Since="Thu, 01 Jan 2015 00:00:00 GMT")
    print(f"{first.getheader('Server')}: If-None-Match {again.status}, If-Match {tag.status}, If-Unmodified-Since {date.status}")
PYTHON
output=$(LD_LIBRARY_PATH="" timeout 60 /usr/bin/python3.11 try.py "${ports[@]}")
expected=$(cat <<'SEEN'
lighttpd/1.4.69: If-None-Match 304, If-Match 206, If-Unmodified-Since 206
h2o/2.2.5: If-None-Match 304, If-Match 206, If-Unmodified-Since 206
TornadoServer/6.2: If-None-Match 304, If-Match 206, If-Unmodified-Since 206
SEEN
)
echo "$output"
[ "$output" = "$expected" ] || { echo "The behaviour is another; it was:"; echo "$expected"; exit 1; }
