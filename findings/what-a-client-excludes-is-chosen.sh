#!/usr/bin/env bash
# Rack 2.2.22 (Debian's ruby-rack 2.2.22-0+deb12u2): best_q_match chooses a type that the client has excluded, and q is lost behind a parameter.
#
# RFC 9110 §12.5.1: "The most specific reference has precedence", and §12.4.2: "a value of 0 means "not acceptable"". So "text/html;q=0,
# */*;q=0.1" asks for anything except HTML. For each range Rack takes the first offered type that matches, and then the range with the highest
# q; a more specific range doesn't count. It reads q only as the first parameter, so "text/html;level=1;q=0.2" has q=1. A server that
# negotiates with this method sends a type that the client can't use.
#
# Guess before the first run: text/plain for all of them, as Python's webob chooses.
# Seen: text/html but for the first one.
#
# Needs: a Debian bookworm (amd64) with apt. Exits with 1 if the behaviour is another.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

apt-get download -q ruby3.1=3.1.7+really3.1.2-0+deb12u1 libruby3.1=3.1.7+really3.1.2-0+deb12u1 ruby-rack=2.2.22-0+deb12u2 >/dev/null 2>&1
apt-get download -q libgmp10=2:6.2.1+dfsg1-1.1 >/dev/null 2>&1
for package in ./*.deb; do dpkg-deb -x "$package" root; done
lib="$work/root/usr/lib"
export LD_LIBRARY_PATH="$lib/x86_64-linux-gnu"
export RUBYLIB="$(dirname "$(find "$work/root" -path "*/lib/rack.rb")"):$lib/ruby/vendor_ruby:$lib/ruby/3.1.0:$lib/x86_64-linux-gnu/ruby/3.1.0"

cat > try.rb <<'RUBY'
require "rack"

puts Rack.release
["text/html;q=0.2, text/plain", "text/html;q=0, */*;q=0.1", "text/html;q=0.2, text/*;q=0.9", "text/html;level=1;q=0.2, text/plain;q=0.9"].each do |accept|
  puts "#{accept} -> #{Rack::Utils.best_q_match(accept, ["text/html", "text/plain"])}"
end
RUBY
output=$(timeout 60 root/usr/bin/ruby3.1 --disable-gems try.rb)
expected=$(cat <<'SEEN'
2.2.22
text/html;q=0.2, text/plain -> text/plain
text/html;q=0, */*;q=0.1 -> text/html
text/html;q=0.2, text/*;q=0.9 -> text/html
text/html;level=1;q=0.2, text/plain;q=0.9 -> text/html
SEEN
)
echo "$output"
[ "$output" = "$expected" ] || { echo "The behaviour is another; it was:"; echo "$expected"; exit 1; }
