#!/usr/bin/env bash
# Erlang's httpd (inets of OTP 25.2.3, Debian 1:25.2.3+dfsg-1+deb12u4) answers "Expect: 100-Continue" by 417, and "100-continue" by 100.
#
# RFC 9110 §10.1.1: "The Expect field value is case-insensitive." RFC 2616 §14.20 already said so of unquoted
# tokens. A client whose upload fails with 417 may send it again without the field, but it has no reason to try small letters.
#
# Guess before the first run: "100 Continue" for both spellings.
# Seen: 417 for the one with a capital letter.
#
# Needs: a Debian bookworm (amd64) with apt, and python3. Exits with 1 if the behaviour is another.
set -euo pipefail
work=$(mktemp -d)
trap 'kill "${server:-}" 2>/dev/null || true; rm -rf "$work"' EXIT
cd "$work"

apt-get download -q erlang-base=1:25.2.3+dfsg-1+deb12u4 erlang-inets=1:25.2.3+dfsg-1+deb12u4 >/dev/null 2>&1
for package in ./*.deb; do dpkg-deb -x "$package" root; done
export LD_LIBRARY_PATH="$work/root/usr/lib/x86_64-linux-gnu:$work/root/lib/x86_64-linux-gnu"
export ROOTDIR="$work/root/usr/lib/erlang" EMU=beam PROGNAME=erl
export BINDIR=$(echo "$ROOTDIR"/erts-*/bin)

mkdir public
printf hello > public/file
cat > try.erl <<'ERLANG'
-module('try').
-export([main/0, do/1]).
-include_lib("inets/include/httpd.hrl").
do(_) -> {proceed, [{response, {200, "taken"}}]}.
main() ->
    ok = inets:start(),
    {ok, Pid} = inets:start(httpd, [{port, 0}, {bind_address, {127, 0, 0, 1}}, {server_name, "localhost"}, {server_root, "."},
                                    {document_root, "public"}, {modules, ['try']}]),
    [{port, Port}] = httpd:info(Pid, [port]),
    ok = file:write_file("port", integer_to_list(Port)),
    timer:sleep(60000),
    halt(0).
ERLANG
timeout 60 "$BINDIR/erlexec" -noshell -noinput -eval '{ok, M} = compile:file("try"), code:load_file(M), M:main().' >/dev/null 2>&1 &
server=$!
for _ in $(seq 200); do [ -s port ] && break; sleep 0.1; done

cat > try.py <<'PYTHON'
import socket

port = int(open("port").read())
for expectation in ("100-continue", "100-Continue"):
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        connection.sendall(f"POST /form HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4\r\nExpect: {expectation}\r\n\r\n".encode())
        print(f"{expectation}:", connection.recv(65536).decode("latin-1").split("\r\n")[0])
PYTHON
output=$(timeout 60 python3 try.py)
expected=$(cat <<'SEEN'
100-continue: HTTP/1.1 100 Continue
100-Continue: HTTP/1.1 417 Expectation Failed
SEEN
)
echo "$output"
[ "$output" = "$expected" ] || { echo "The behaviour is another; it was:"; echo "$expected"; exit 1; }
