#!/usr/bin/env bash
# WEBrick 1.8.1 (Debian's ruby-webrick 1.8.1-1, Ruby 3.1.2) answers a download that is resumed by "304 Not Modified" if the file is the same,
# and sends the rest only if the file has changed.
#
# RFC 9110 §13.1.5: if the validator of If-Range matches, the server processes the Range field; if not, it ignores it and sends the whole
# file. WEBrick's file handler reads If-Range as if it were If-None-Match or If-Modified-Since. A client with the first half of the file thus
# never gets the second half, and a client with half of an old file gets the end of a new one. No 304 may come from If-Range.
#
# Guess before the first run: 206 for the current date, and 200 for the other one.
# Seen: 304 without content for the current date, 206 for the other one.
#
# Needs: a Debian bookworm (amd64) with apt, and python3. Exits with 1 if the behaviour is another.
set -euo pipefail
work=$(mktemp -d)
trap 'kill "${server:-}" 2>/dev/null || true; rm -rf "$work"' EXIT
cd "$work"

apt-get download -q ruby3.1=3.1.7+really3.1.2-0+deb12u1 libruby3.1=3.1.7+really3.1.2-0+deb12u1 ruby-webrick=1.8.1-1 >/dev/null 2>&1
apt-get download -q libgmp10=2:6.2.1+dfsg1-1.1 >/dev/null 2>&1
for package in ./*.deb; do dpkg-deb -x "$package" root; done
lib="$work/root/usr/lib"
export LD_LIBRARY_PATH="$lib/x86_64-linux-gnu"
export RUBYLIB="$work/root/usr/share/rubygems-integration/all/gems/webrick-1.8.1/lib:$lib/ruby/vendor_ruby:$lib/ruby/3.1.0:$lib/x86_64-linux-gnu/ruby/3.1.0"

mkdir public
printf 0123456789 > public/file
touch -d "2020-01-02 03:04:05Z" public/file
cat > server.rb <<'RUBY'
require "webrick"

quiet = WEBrick::Log.new(File::NULL)
server = WEBrick::HTTPServer.new(BindAddress: "127.0.0.1", Port: 0, DocumentRoot: "public", Logger: quiet, AccessLog: [])
File.write("port", server.listeners[0].addr[1].to_s)
STDERR.puts WEBrick::VERSION
server.start
RUBY
timeout 60 root/usr/bin/ruby3.1 --disable-gems server.rb 2> version &
server=$!
for _ in $(seq 100); do [ -s port ] && break; sleep 0.1; done

cat > try.py <<'PYTHON'
import http.client

port = int(open("port").read())
for condition in ("Thu, 02 Jan 2020 03:04:05 GMT", "Wed, 01 Jan 2020 03:04:05 GMT"):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request("GET", "/file", headers={"Range": "bytes=5-", "If-Range": condition})
    response = connection.getresponse()
    print(f"If-Range: {condition} -> {response.status} '{response.read().decode()}'")
    connection.close()
PYTHON
output=$(cat version; timeout 60 python3 try.py)
expected=$(cat <<'SEEN'
1.8.1
If-Range: Thu, 02 Jan 2020 03:04:05 GMT -> 304 ''
If-Range: Wed, 01 Jan 2020 03:04:05 GMT -> 206 '56789'
SEEN
)
echo "$output"
[ "$output" = "$expected" ] || { echo "The behaviour is another; it was:"; echo "$expected"; exit 1; }
