#!/usr/bin/env bash
# Apache httpd 2.4.71 (Debian 2.4.71-1~deb12u1) and WEBrick 1.8.1 (Debian 1.8.1-1) let the date decide where a request has a tag and a date;
# the first sends a file again whose tag has matched, the second answers 304 for a file that has changed.
#
# RFC 9110 §13.1.3: "A recipient MUST ignore If-Modified-Since if the request contains an If-None-Match header field". Clients send both. A
# file that is written twice within a second keeps its Last-Modified and gets another tag, which is why tags exist. (RFC 2616 §14.26 still had
# both match, and httpd does so.) A test of a server's conditional requests with only one field at a time sees nothing of this.
#
# Guess before the first run: 304 for a tag that matches, 200 for one that doesn't, whatever the date is.
# Seen: httpd 200 and 200, WEBrick 304 and 304.
#
# Needs: a Debian bookworm (amd64) with apt, and python3. Exits with 1 if the behaviour is another.
set -euo pipefail
work=$(mktemp -d)
trap 'kill ${apache:-} ${ruby:-} 2>/dev/null || true; rm -rf "$work"' EXIT
cd "$work"

apt-get download -q apache2-bin=2.4.71-1~deb12u1 libapr1=1.7.2-3+deb12u1 libaprutil1=1.6.3-1+deb12u1 >/dev/null 2>&1
apt-get download -q ruby3.1=3.1.7+really3.1.2-0+deb12u1 libruby3.1=3.1.7+really3.1.2-0+deb12u1 ruby-webrick=1.8.1-1 >/dev/null 2>&1
apt-get download -q libgmp10=2:6.2.1+dfsg1-1.1 libexpat1 libuuid1 libpcre2-8-0 >/dev/null 2>&1
for package in ./*.deb; do dpkg-deb -x "$package" root; done
lib="$work/root/usr/lib"
export LD_LIBRARY_PATH="$lib/x86_64-linux-gnu:$work/root/lib/x86_64-linux-gnu"
export RUBYLIB="$work/root/usr/share/rubygems-integration/all/gems/webrick-1.8.1/lib:$lib/ruby/vendor_ruby:$lib/ruby/3.1.0:$lib/x86_64-linux-gnu/ruby/3.1.0"

mkdir public
printf first > public/file
touch -d "2020-01-02 03:04:05Z" public/file
cat > httpd.conf <<CONF
ServerRoot $work
ServerName localhost
Listen 127.0.0.1:PORT
PidFile $work/httpd.pid
ErrorLog $work/httpd.log
DocumentRoot $work/public
LoadModule mpm_event_module $lib/apache2/modules/mod_mpm_event.so
LoadModule authz_core_module $lib/apache2/modules/mod_authz_core.so
CONF
free=$(python3 -c 'import socket; s = socket.create_server(("127.0.0.1", 0)); print(s.getsockname()[1])')
sed -i "s/PORT/$free/" httpd.conf
timeout 60 root/usr/sbin/apache2 -X -f "$work/httpd.conf" 2>/dev/null &
apache=$!

cat > server.rb <<'RUBY'
require "webrick"

quiet = WEBrick::Log.new(File::NULL)
server = WEBrick::HTTPServer.new(BindAddress: "127.0.0.1", Port: 0, DocumentRoot: "public", Logger: quiet, AccessLog: [])
File.write("port", server.listeners[0].addr[1].to_s)
server.start
RUBY
timeout 60 root/usr/bin/ruby3.1 --disable-gems server.rb 2>/dev/null &
ruby=$!
for _ in $(seq 100); do [ -s port ] && [ -s httpd.pid ] && break; sleep 0.1; done

cat > try.py <<'PYTHON'
import http.client
import os
import sys

MODIFIED = 1577934245  # 2020-01-02 03:04:05 UTC


def get(port, **headers):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request("GET", "/file", headers={name.replace("_", "-"): value for name, value in headers.items()})
    response = connection.getresponse()
    response.read()
    connection.close()
    return response


def write(content):
    with open("public/file", "w") as file:
        file.write(content)
    os.utime("public/file", (MODIFIED, MODIFIED))


ports = {"Apache httpd": int(sys.argv[1]), "WEBrick": int(open("port").read())}
first = {name: get(port) for name, port in ports.items()}
for name, port in ports.items():
    tag = first[name].getheader("ETag")
    print(f"{name}, the same file, an older date:", get(port, If_None_Match=tag, If_Modified_Since="Wed, 01 Jan 2020 03:04:05 GMT").status)
write("the second")
for name, port in ports.items():
    tag, date = first[name].getheader("ETag"), first[name].getheader("Last-Modified")
    print(f"{name}, another file of the same second:", get(port, If_None_Match=tag, If_Modified_Since=date).status)
PYTHON
output=$(root/usr/sbin/apache2 -v | sed -n 's/Server version: //p'; timeout 60 python3 try.py "$free")
expected=$(cat <<'SEEN'
Apache/2.4.71 (Debian)
Apache httpd, the same file, an older date: 200
WEBrick, the same file, an older date: 304
Apache httpd, another file of the same second: 200
WEBrick, another file of the same second: 304
SEEN
)
echo "$output"
[ "$output" = "$expected" ] || { echo "The behaviour is another; it was:"; echo "$expected"; exit 1; }
