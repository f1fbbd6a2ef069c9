#!/usr/bin/env bash
# Webalizer 2.23.08 (Debian 2.23.08-3.3) cuts a page's name at "%25": "/50%25-off.html" and "/50%25-more.html" are both the page "/50".
#
# RFC 3986 §2.4: "%25" stands for the percent sign as data. Webalizer's README says that it un-escapes URLs, so that one page counts as one
# however it is spelled. Its other escapes come out well, and no line counts as bad.
#
# Guess before the first run: two pages, "/50%-off.html" and "/50%-more.html".
# Seen: one page "/50" with both hits, added to those of the real "/50".
#
# Needs: a Debian bookworm (amd64) with apt. Exits with 1 if the behaviour is another.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

apt-get download -q webalizer=2.23.08-3.3 libgd3 libdb5.3 libgeoip1 libabsl20220623 libaom3 libavif15 libbrotli1 libbsd0 >/dev/null 2>&1
apt-get download -q libdav1d6 libde265-0 libdeflate0 libfontconfig1 libfreetype6 libgav1-1 libheif1 libjbig0 libjpeg62-turbo >/dev/null 2>&1
apt-get download -q liblerc4 libmd0 libnuma1 libpng16-16 librav1e0 libsvtav1enc1 libtiff6 libwebp7 libx11-6 libx265-199 >/dev/null 2>&1
apt-get download -q libxau6 libxcb1 libxdmcp6 libxpm4 libyuv0 libzstd1 libexpat1 >/dev/null 2>&1
for package in ./*.deb; do dpkg-deb -x "$package" root; done
export LD_LIBRARY_PATH="$work/root/usr/lib/x86_64-linux-gnu:$work/root/lib/x86_64-linux-gnu"

mkdir report
printf '%s\n' "OutputDir report" "HostName example.test" "DumpURLs yes" "GeoDB no" > webalizer.conf
for page in /50%25-off.html /50%25-more.html /50 /50%20off.html; do
  echo "192.0.2.1 - - [10/Oct/2020:13:55:36 +0000] \"GET $page HTTP/1.1\" 200 2048 \"-\" \"agent\""
done > access.log
output=$(
  root/usr/bin/webalizer -V 2>&1 | grep -o 'V2[0-9.-]*' | head -n 1
  timeout 30 root/usr/bin/webalizer -c webalizer.conf access.log 2>&1 | grep -o '[0-9]* records'
  cut -f 1,3 report/url_202010.tab
)
expected=$(cat <<'SEEN'
V2.23-08
4 records
3	/50
1	/50 off.html
SEEN
)
echo "$output"
[ "$output" = "$expected" ] || { echo "The behaviour is another; it was:"; echo "$expected"; exit 1; }
