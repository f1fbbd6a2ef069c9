#!/usr/bin/env bash
# Ruby 3.1's CGI::Cookie (Debian's libruby3.1 3.1.7+really3.1.2-0+deb12u1) and Rack 2.2.22 (Debian's ruby-rack 2.2.22-0+deb12u2) read the
# cookie "a=x+y" as "x y".
#
# RFC 6265 §4.1.1: cookie-octet has the plus sign, and §5.4 lets the client return a value as it came; no encoding of forms belongs to cookies.
# Both decode a value as they decode a form's. A value in base64 that another server of the same host has set, or a script in the page, thus
# loses each plus sign; a cookie of their own survives, since they write %2B. WEBrick's Cookie, in the same process, keeps it.
#
# Guess before the first run: "x+y" for the three.
# Seen: "x y" for CGI::Cookie and Rack.
#
# Needs: a Debian bookworm (amd64) with apt. Exits with 1 if the behaviour is another.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

apt-get download -q ruby3.1=3.1.7+really3.1.2-0+deb12u1 libruby3.1=3.1.7+really3.1.2-0+deb12u1 ruby-rack=2.2.22-0+deb12u2 >/dev/null 2>&1
apt-get download -q ruby-webrick=1.8.1-1 libgmp10=2:6.2.1+dfsg1-1.1 >/dev/null 2>&1
for package in ./*.deb; do dpkg-deb -x "$package" root; done
lib="$work/root/usr/lib"
gems="$work/root/usr/share/rubygems-integration/all/gems"
export LD_LIBRARY_PATH="$lib/x86_64-linux-gnu"
export RUBYLIB="$gems/webrick-1.8.1/lib:$gems/rack-2.2.22/lib:$lib/ruby/vendor_ruby:$lib/ruby/3.1.0:$lib/x86_64-linux-gnu/ruby/3.1.0"

cat > try.rb <<'RUBY'
require "cgi"
require "rack"
require "webrick"

puts "Ruby #{RUBY_VERSION}, Rack #{Rack.release}, WEBrick #{WEBrick::VERSION}"
puts "CGI::Cookie: #{CGI::Cookie.parse("a=x+y")["a"].first}"
puts "Rack: #{Rack::Utils.parse_cookies_header("a=x+y")["a"]}"
puts "WEBrick: #{WEBrick::Cookie.parse("a=x+y").first.value}"
RUBY
output=$(timeout 60 root/usr/bin/ruby3.1 --disable-gems try.rb)
expected=$(cat <<'SEEN'
Ruby 3.1.2, Rack 2.2.22, WEBrick 1.8.1
CGI::Cookie: x y
Rack: x y
WEBrick: x+y
SEEN
)
echo "$output"
[ "$output" = "$expected" ] || { echo "The behaviour is another; it was:"; echo "$expected"; exit 1; }
