#!/usr/bin/env bash
# Guile 3.0.8's (web http) (Debian 3.0.8-2) refuses "text/html ; charset=utf-8" and keeps the quotation marks of charset="utf-8".
#
# RFC 9110 §5.6.6: parameters = *( OWS ";" OWS [ parameter ] ), and "The quoted and unquoted values are equivalent" (§8.3.1 shows it with
# charset="utf-8").
#
# Guess before the first run: the charset is utf-8 in all three.
# Seen: utf-8; "utf-8" with its marks, which is no charset's name; an error.
#
# Needs: a Debian bookworm (amd64) with apt. Exits with 1 if the behaviour is another.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

apt-get download -q guile-3.0=3.0.8-2 guile-3.0-libs=3.0.8-2 libgc1=1:8.2.2-3 >/dev/null 2>&1
for package in ./*.deb; do dpkg-deb -x "$package" root; done
export LD_LIBRARY_PATH="$work/root/usr/lib/x86_64-linux-gnu:$work/root/lib/x86_64-linux-gnu"
export GUILE_LOAD_PATH="$work/root/usr/share/guile/3.0" GUILE_LOAD_COMPILED_PATH="$work/root/usr/lib/x86_64-linux-gnu/guile/3.0/ccache"
export GUILE_AUTO_COMPILE=0

cat > try.scm <<'SCHEME'
(use-modules (web http))
(for-each
  (lambda (value)
    (format #t "~a -> ~s~%" value (catch #t (lambda () (parse-header 'content-type value)) (lambda (key . _) key))))
  '("text/html; charset=utf-8" "text/html; charset=\"utf-8\"" "text/html ; charset=utf-8"))
SCHEME
output=$(timeout 60 root/usr/bin/guile-3.0 try.scm 2>/dev/null || timeout 60 root/usr/lib/x86_64-linux-gnu/guile/3.0/bin/guile try.scm 2>/dev/null)
expected=$(cat <<'SEEN'
text/html; charset=utf-8 -> (text/html (charset . "utf-8"))
text/html; charset="utf-8" -> (text/html (charset . "\"utf-8\""))
text/html ; charset=utf-8 -> bad-header-component
SEEN
)
echo "$output"
[ "$output" = "$expected" ] || { echo "The behaviour is another; it was:"; echo "$expected"; exit 1; }
