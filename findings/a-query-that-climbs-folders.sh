#!/usr/bin/env bash
# LuaSocket 3.1.0 (Debian's lua-socket 3.1.0-1+b1) resolves dots that stand in a query or a fragment, as if they were folders.
#
# RFC 3986 §5.4.2: "Some applications fail to separate the reference's query and/or fragment components from the path component before merging it
# with the base path and removing dot-segments"; its examples keep "g?y/../x" as http://a/b/c/g?y/../x.
#
# Guess before the first run: the four results of that section.
# Seen: http://a/b/c/x for "g?y/../x" and for "g#s/../x", so another resource.
#
# Needs: a Debian bookworm (amd64) with apt and lua5.4. Exits with 1 if the behaviour is another.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

apt-get download -q lua-socket=3.1.0-1+b1 lua5.4=5.4.4-3+deb12u1 >/dev/null 2>&1
for package in ./*.deb; do dpkg-deb -x "$package" root; done

cat > try.lua <<'LUA'
package.loaded["socket"] = {} -- only its URLs are needed
local url = dofile("root/usr/share/lua/5.4/socket/url.lua")
for _, reference in ipairs({ "g?y/./x", "g?y/../x", "g#s/./x", "g#s/../x" }) do
  print(reference .. " -> " .. url.absolute("http://a/b/c/d;p?q", reference))
end
LUA
output=$(timeout 60 root/usr/bin/lua5.4 try.lua)
expected=$(cat <<'SEEN'
g?y/./x -> http://a/b/c/g?y/x
g?y/../x -> http://a/b/c/x
g#s/./x -> http://a/b/c/g#s/x
g#s/../x -> http://a/b/c/x
SEEN
)
echo "$output"
[ "$output" = "$expected" ] || { echo "The behaviour is another; it was:"; echo "$expected"; exit 1; }
