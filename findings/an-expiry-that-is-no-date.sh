#!/usr/bin/env bash
# Perl's HTTP::Response 6.44 (Debian's libhttp-message-perl 6.44-1) finds a response with "Expires: 0" fresh for an hour or longer.
#
# RFC 9111 §5.3: "A cache recipient MUST interpret invalid date formats, especially the value "0", as representing a time in the past (i.e.,
# "already expired")." Servers send "Expires: 0" or "-1" to say just that. freshness_lifetime drops what it can't read, and guesses a time as
# if the field weren't there: an hour, or a tenth of the file's age. Its documentation has that guess for a response without Expires and
# Cache-Control only.
#
# Guess before the first run: 0 seconds for "0" and "-1".
# Seen: 3600 seconds, and with a Last-Modified of ten days ago 86400.
#
# Needs: a Debian bookworm with apt and perl. Exits with 1 if the behaviour is another.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

apt-get download -q libhttp-message-perl=6.44-1 libhttp-date-perl=6.05-2 liburi-perl libtimedate-perl libencode-locale-perl >/dev/null 2>&1
apt-get download -q libio-html-perl liblwp-mediatypes-perl libclone-perl >/dev/null 2>&1
for package in ./*.deb; do dpkg-deb -x "$package" root; done
export PERL5LIB="$work/root/usr/share/perl5:$(echo "$work"/root/usr/lib/*/perl5/*)"

cat > try.pl <<'PERL'
use strict;
use warnings;
use HTTP::Date qw(time2str);
use HTTP::Response;

my $now = time;
print "$HTTP::Response::VERSION\n";
for my $expires (time2str($now - 60), time2str($now + 60), "0", "-1") {
  my @fields = (Date => time2str($now), Expires => $expires);
  my @old = ("Last-Modified" => time2str($now - 10 * 86400));
  my $name = $expires =~ /GMT/ ? ($expires eq time2str($now + 60) ? "in a minute" : "a minute ago") : $expires;
  printf "%s: %d seconds, %d with Last-Modified\n", $name, map { HTTP::Response->new(200, "OK", $_)->freshness_lifetime } [@fields], [@fields, @old];
}
PERL
output=$(timeout 60 perl try.pl)
expected=$(cat <<'SEEN'
6.44
a minute ago: -60 seconds, -60 with Last-Modified
in a minute: 60 seconds, 60 with Last-Modified
0: 3600 seconds, 86400 with Last-Modified
-1: 3600 seconds, 86400 with Last-Modified
SEEN
)
echo "$output"
[ "$output" = "$expected" ] || { echo "The behaviour is another; it was:"; echo "$expected"; exit 1; }
