#!/usr/bin/env bash
# Python's http.cookies (Debian's python3.11 3.11.2-6+deb12u8) reads no cookie at all from "Cookie: version=2; session=x".
#
# RFC 6265 §4.2.1: the Cookie field has pairs only (cookie-string = cookie-pair *( ";" SP cookie-pair )), so no name is an attribute in it, and
# "version", "path" or "expires" name a cookie as any token does. The parser takes them for attributes, as Set-Cookie has them.
#
# Guess before the first run: both cookies, in both orders.
# Seen: none where "version" is first; only "session" where it is second.
#
# Needs: a Debian bookworm (amd64) with apt. Exits with 1 if the behaviour is another.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

version=3.11.2-6+deb12u8
apt-get download -q python3.11-minimal=$version libpython3.11-minimal=$version libpython3.11-stdlib=$version >/dev/null 2>&1
for package in ./*.deb; do dpkg-deb -x "$package" root; done

cat > try.py <<'PYTHON'
from http.cookies import SimpleCookie

for field in ("edition=2; session=x", "version=2; session=x", "session=x; version=2"):
    print(f"{field} ->", {name: morsel.value for name, morsel in SimpleCookie(field).items()})
PYTHON
output=$(PYTHONHOME="$work/root/usr" timeout 60 root/usr/bin/python3.11 try.py)
expected=$(cat <<'SEEN'
edition=2; session=x -> {'edition': '2', 'session': 'x'}
version=2; session=x -> {}
session=x; version=2 -> {'session': 'x'}
SEEN
)
echo "$output"
[ "$output" = "$expected" ] || { echo "The behaviour is another; it was:"; echo "$expected"; exit 1; }
