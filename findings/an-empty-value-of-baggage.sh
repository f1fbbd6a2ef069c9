#!/usr/bin/env bash
# @opentelemetry/core 2.12.1 drops an entry of baggage whose value is empty, and passes the others on without it.
#
# W3C Baggage, "Definition": list-member = key OWS "=" OWS value *( OWS ";" OWS property ), and value = *baggage-octet, so a value may have no
# characters. A flag such as "debug=" or "debug=;scope=all" is set by its name alone. Each service that uses this library removes it from
# the requests that it sends on, so the server behind looks as if it had lost the entry.
#
# Guess before the first run: three entries go in and out.
# Seen: the last one only.
#
# Needs: Node 20 or newer with npm. Exits with 1 if the behaviour is another.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

npm install --silent --no-audit --no-fund --ignore-scripts @opentelemetry/api@1.9.1 @opentelemetry/core@2.12.1 >/dev/null

cat > try.mjs <<'SCRIPT'
import { defaultTextMapGetter, defaultTextMapSetter, propagation, ROOT_CONTEXT } from "@opentelemetry/api";
import { W3CBaggagePropagator } from "@opentelemetry/core";

const propagator = new W3CBaggagePropagator();
const sent = {};
const context = propagator.extract(ROOT_CONTEXT, { baggage: "debug=,trace=;scope=all,user=x" }, defaultTextMapGetter);
propagator.inject(context, sent, defaultTextMapSetter);
console.log("read:", propagation.getBaggage(context).getAllEntries().map(([key]) => key).join());
console.log("sent:", sent.baggage);
SCRIPT
output=$(timeout 60 node try.mjs)
expected=$(cat <<'SEEN'
read: user
sent: user=x
SEEN
)
echo "$output"
[ "$output" = "$expected" ] || { echo "The behaviour is another; it was:"; echo "$expected"; exit 1; }
