#!/usr/bin/env bash
# Python's urllib.request (Debian's python3.11 3.11.2-6+deb12u8) can't answer a Digest challenge with qop="auth-int, auth".
#
# RFC 7616 §3.3: qop is "a quoted string of one or more tokens indicating the "quality of protection" values supported by the server"; its
# example in §3.9.1 has a space behind the comma (qop="auth, auth-int").
#
# Guess before the first run: it chooses "auth" in all four, as it can't do "auth-int".
# Seen: so, except for "auth-int, auth", which is an error: the second value is " auth", with its space.
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
from urllib.request import HTTPDigestAuthHandler, HTTPPasswordMgrWithDefaultRealm, Request, parse_http_list, parse_keqv_list

passwords = HTTPPasswordMgrWithDefaultRealm()
passwords.add_password(None, "http://example.test/", "user", "word")
for qop in ("auth", "auth, auth-int", "auth-int,auth", "auth-int, auth"):
    challenge = parse_keqv_list(parse_http_list(f'realm="r", nonce="n", qop="{qop}"'))
    try:
        answer = HTTPDigestAuthHandler(passwords).get_authorization(Request("http://example.test/"), challenge)
        print(f"{qop} ->", "an answer" if answer else "none")
    except Exception as error:
        print(f"{qop} ->", error)
PYTHON
output=$(PYTHONHOME="$work/root/usr" timeout 60 root/usr/bin/python3.11 try.py)
expected=$(cat <<'SEEN'
auth -> an answer
auth, auth-int -> an answer
auth-int,auth -> an answer
auth-int, auth -> <urlopen error qop 'auth-int, auth' is not supported.>
SEEN
)
echo "$output"
[ "$output" = "$expected" ] || { echo "The behaviour is another; it was:"; echo "$expected"; exit 1; }
