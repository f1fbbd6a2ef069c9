#!/usr/bin/env bash
# Erlang's httpd (inets of OTP 25.2.3, Debian 1:25.2.3+dfsg-1+deb12u4) writes "Content-Range: bytes=5-9/10"; wget 1.21.3 can't resume from it.
#
# RFC 9110 §14.4: Content-Range = range-unit SP ( range-resp / unsatisfied-range ); the equals sign belongs to the request's Range (§14.2).
# curl, aria2, axel and wget2 read the numbers and don't mind, so the server's tests with one of them pass. wget takes the part for no answer to
# its request and tries again up to twenty times; lftp ends with success and half of the file.
#
# Guess before the first run: "bytes 5-9/10", and that every client resumes.
# Seen: "bytes=5-9/10"; curl has the whole file, wget gives up with status 4 and lftp ends with status 0, both with the first half.
#
# Needs: a Debian bookworm (amd64) with apt and curl. Exits with 1 if the behaviour is another.
set -euo pipefail
work=$(mktemp -d)
trap 'kill "${server:-}" 2>/dev/null || true; rm -rf "$work"' EXIT
cd "$work"

apt-get download -q erlang-base=1:25.2.3+dfsg-1+deb12u4 erlang-inets=1:25.2.3+dfsg-1+deb12u4 wget=1.21.3-1+deb12u1 lftp=4.9.2-2+b1 >/dev/null 2>&1
apt-get download -q libgnutls30 libreadline8 libtinfo6 libidn2-0 libp11-kit0 libunistring2 libtasn1-6 libnettle8 libhogweed6 libgmp10 >/dev/null 2>&1
apt-get download -q libffi8 libpcre2-8-0 libpsl5 libuuid1 >/dev/null 2>&1
for package in ./*.deb; do dpkg-deb -x "$package" root; done
libraries="$work/root/usr/lib/x86_64-linux-gnu:$work/root/lib/x86_64-linux-gnu"
export ROOTDIR="$work/root/usr/lib/erlang" EMU=beam PROGNAME=erl
export BINDIR=$(echo "$ROOTDIR"/erts-*/bin)

mkdir public
printf 0123456789 > public/file
cat > try.erl <<'ERLANG'
-module('try').
-export([main/0]).
main() ->
    ok = inets:start(),
    {ok, Pid} = inets:start(httpd, [{port, 0}, {bind_address, {127, 0, 0, 1}}, {server_name, "localhost"}, {server_root, "."},
                                    {document_root, "public"}, {modules, [mod_alias, mod_range, mod_get, mod_head]}]),
    [{port, Port}] = httpd:info(Pid, [port]),
    ok = file:write_file("port", integer_to_list(Port)),
    timer:sleep(90000),
    halt(0).
ERLANG
LD_LIBRARY_PATH=$libraries timeout 90 "$BINDIR/erlexec" -noshell -noinput -eval '{ok, M} = compile:file("try"), M:main().' >/dev/null 2>&1 &
server=$!
for _ in $(seq 200); do [ -s port ] && break; sleep 0.1; done
url="http://127.0.0.1:$(cat port)/file"

try() {
  printf 01234 > file
  status=0
  "${@:2}" >/dev/null 2>&1 || status=$?
  echo "$1: $(cat file), status $status"
}
output=$(
  curl -s -o part -D - -r 5-9 "$url" | grep -i '^content-range' | tr -d '\r'
  try curl curl -sf -C - -o file "$url"
  export HOME="$work" LD_LIBRARY_PATH="$libraries"
  try wget timeout 20 root/usr/bin/wget -q -c --tries=2 -O file "$url"
  try lftp timeout 20 root/usr/bin/lftp -c "set net:max-retries 1; get -c $url -o file"
)
expected=$(cat <<'SEEN'
Content-Range: bytes=5-9/10
curl: 0123456789, status 0
wget: 01234, status 4
lftp: 01234, status 0
SEEN
)
echo "$output"
[ "$output" = "$expected" ] || { echo "The behaviour is another; it was:"; echo "$expected"; exit 1; }
