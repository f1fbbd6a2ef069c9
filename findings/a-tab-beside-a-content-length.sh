#!/usr/bin/env bash
# Erlang's httpc (inets of OTP 25.2.3, Debian 1:25.2.3+dfsg-1+deb12u4) fails where a tab stands before or behind a Content-Length's number.
#
# RFC 9110 §5.5 and RFC 9112 §5: field-line = field-name ":" OWS field-value OWS, where OWS is any number of spaces and tabs, which the
# recipient takes away.
#
# Guess before the first run: 200 and "hello" for all.
# Seen: so for a space before and behind; badarg, from the conversion to a number, for a tab.
#
# Needs: a Debian bookworm (amd64) with apt and python3. Exits with 1 if the behaviour is another.
set -euo pipefail
work=$(mktemp -d)
trap 'kill "${server:-}" 2>/dev/null || true; rm -rf "$work"' EXIT
cd "$work"

apt-get download -q erlang-base=1:25.2.3+dfsg-1+deb12u4 erlang-inets=1:25.2.3+dfsg-1+deb12u4 >/dev/null 2>&1
for package in ./*.deb; do dpkg-deb -x "$package" root; done
export LD_LIBRARY_PATH="$work/root/usr/lib/x86_64-linux-gnu:$work/root/lib/x86_64-linux-gnu"
export ROOTDIR="$work/root/usr/lib/erlang" EMU=beam PROGNAME=erl
export BINDIR=$(echo "$ROOTDIR"/erts-*/bin)

cat > server.py <<'PYTHON'
import socket

RESPONSES = {
    "/usual": b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello",
    "/space": b"HTTP/1.1 200 OK\r\nContent-Length: 5 \r\nConnection: close\r\n\r\nhello",
    "/tab-behind": b"HTTP/1.1 200 OK\r\nContent-Length: 5\t\r\nConnection: close\r\n\r\nhello",
    "/tab-before": b"HTTP/1.1 200 OK\r\nContent-Length:\t5\r\nConnection: close\r\n\r\nhello",
}
server = socket.create_server(("127.0.0.1", 0))
print(server.getsockname()[1], flush=True)
while True:
    connection, _ = server.accept()
    with connection:
        request = connection.recv(65536)
        target = request.split(b" ")[1].decode() if b" " in request else ""
        connection.sendall(RESPONSES.get(target, b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"))
PYTHON
python3 server.py > port &
server=$!
for _ in $(seq 50); do [ -s port ] && break; sleep 0.1; done
url="http://127.0.0.1:$(cat port)"

cat > try.erl <<'ERLANG'
-module('try').
-export([main/0]).
main() ->
    logger:set_primary_config(level, none),
    ok = inets:start(),
    [io:format("~s: ~s~n", [Name, got(os:getenv("URL") ++ "/" ++ Name)]) || Name <- ["usual", "space", "tab-before", "tab-behind"]],
    halt(0).
got(Url) ->
    case httpc:request(get, {Url, []}, [{timeout, 5000}], []) of
        {ok, {{_, Code, _}, _, Body}} -> io_lib:format("~p ~s", [Code, Body]);
        {error, {shutdown, {{error, Reason}, _}}} -> io_lib:format("~p", [Reason]);
        {error, {shutdown, {Reason, _}}} when is_atom(Reason) -> io_lib:format("~p", [Reason]);
        _ -> "an error"
    end.
ERLANG
output=$(URL=$url timeout 60 "$BINDIR/erlexec" -noshell -noinput -eval '{ok, M} = compile:file("try"), M:main().' 2>/dev/null)
expected=$(cat <<'SEEN'
usual: 200 hello
space: 200 hello
tab-before: badarg
tab-behind: badarg
SEEN
)
echo "$output"
[ "$output" = "$expected" ] || { echo "The behaviour is another; it was:"; echo "$expected"; exit 1; }
