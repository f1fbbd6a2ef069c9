#!/usr/bin/env bash
# nsyslog-parser 0.10.1 reads a syslog line whose host is an IPv6 address as a message without a sender.
#
# RFC 5424 §6.2.4: HOSTNAME is a fully qualified name, a static address, a host name, a dynamic address or "-", in this order; an address is one of
# IPv4 or of RFC 4291 §2.2. A device without a name sends its address. The whole rest of the header becomes part of
# the message, and the type stays RFC5424, so the mistake shows only in reports by host or by application.
#
# Guess before the first run: host, application, process and message of each line.
# Seen: so for a name and an IPv4 address; for an IPv6 address the host is "", and the message begins with the address.
#
# Needs: Node 20 or newer with npm. Exits with 1 if the behaviour is another.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

npm install --silent --no-audit --no-fund --ignore-scripts nsyslog-parser@0.10.1 >/dev/null

cat > try.mjs <<'SCRIPT'
import parse from "nsyslog-parser";

for (const host of ["host.example.test", "192.0.2.1", "2001:db8::1", "::1", "3com.example.test"]) {
  const { type, host: seen, appName, pid, message } = parse(`<134>1 2020-01-01T00:00:00Z ${host} web 80 - - GET / 200`);
  console.log(`${host} -> ${JSON.stringify({ type, host: seen, appName, pid, message })}`);
}
SCRIPT
output=$(timeout 60 node try.mjs)
expected=$(cat <<'SEEN'
host.example.test -> {"type":"RFC5424","host":"host.example.test","appName":"web","pid":"80","message":"GET / 200"}
192.0.2.1 -> {"type":"RFC5424","host":"192.0.2.1","appName":"web","pid":"80","message":"GET / 200"}
2001:db8::1 -> {"type":"RFC5424","host":"","message":"2001:db8::1 web 80 - - GET / 200"}
::1 -> {"type":"RFC5424","host":"","message":"::1 web 80 - - GET / 200"}
3com.example.test -> {"type":"RFC5424","host":"3com.example.test","appName":"web","pid":"80","message":"GET / 200"}
SEEN
)
echo "$output"
[ "$output" = "$expected" ] || { echo "The behaviour is another; it was:"; echo "$expected"; exit 1; }
