#!/usr/bin/env bash
# Erlang's inets (OTP 25.2.3, Debian 1:25.2.3+dfsg-1+deb12u4) reads "Sunday, 06-Nov-94" as the year 2094.
#
# RFC 9110 §5.6.7: a recipient accepts all three formats of a date, and takes a two-digit year that "appears to be more than 50 years in the
# future" for "the most recent year in the past that had the same last two digits".
#
# Guess before the first run: 1994 for the three formats.
# Seen: 2094 for the one with two digits, from httpd_util:convert_request_date.
#
# Needs: a Debian bookworm (amd64) with apt. Exits with 1 if the behaviour is another.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

apt-get download -q erlang-base=1:25.2.3+dfsg-1+deb12u4 erlang-inets=1:25.2.3+dfsg-1+deb12u4 >/dev/null 2>&1
for package in ./*.deb; do dpkg-deb -x "$package" root; done
export LD_LIBRARY_PATH="$work/root/usr/lib/x86_64-linux-gnu:$work/root/lib/x86_64-linux-gnu"
export ROOTDIR="$work/root/usr/lib/erlang" EMU=beam PROGNAME=erl
export BINDIR=$(echo "$ROOTDIR"/erts-*/bin)

cat > try.erl <<'ERLANG'
-module('try').
-export([main/0]).
main() ->
    Dates = ["Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994"],
    [io:format("~s -> ~p~n", [Date, httpd_util:convert_request_date(Date)]) || Date <- Dates],
    halt(0).
ERLANG
output=$(timeout 60 "$BINDIR/erlexec" -noshell -noinput -eval '{ok, M} = compile:file("try"), M:main().' 2>/dev/null)
expected=$(cat <<'SEEN'
Sun, 06 Nov 1994 08:49:37 GMT -> {{1994,11,6},{8,49,37}}
Sunday, 06-Nov-94 08:49:37 GMT -> {{2094,11,6},{8,49,37}}
Sun Nov  6 08:49:37 1994 -> {{1994,11,6},{8,49,37}}
SEEN
)
echo "$output"
[ "$output" = "$expected" ] || { echo "The behaviour is another; it was:"; echo "$expected"; exit 1; }
