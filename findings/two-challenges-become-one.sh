#!/usr/bin/env bash
# www-authenticate 0.6.3 and auth-header 1.0.0 read the two challenges of one WWW-Authenticate field as a single one.
#
# RFC 9110 §11.6.1: "the field value might contain more than one challenge", with the parameters of each between commas too. A server that offers
# Basic and Digest in one line is thus one that offers Basic alone, with a parameter that it never sent.
#
# Guess before the first run: two challenges, or the first one with its own realm alone.
# Seen: Basic with "Digest realm" as a parameter, and Basic with two realms and the token "Digest".
#
# Needs: Node 20 or newer with npm. Exits with 1 if the behaviour is another.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

npm install --silent --no-audit --no-fund --ignore-scripts www-authenticate@0.6.3 auth-header@1.0.0 >/dev/null

cat > try.mjs <<'SCRIPT'
import * as authHeader from "auth-header";
import wwwAuthenticate from "www-authenticate";

const field = 'Basic realm="x", Digest realm="y", nonce="n"';
const { scheme, parms } = new wwwAuthenticate.parsers.WWW_Authenticate(field);
console.log("www-authenticate", scheme, JSON.stringify(parms));
const parsed = authHeader.parse(field);
console.log("auth-header", parsed.scheme, JSON.stringify(parsed.params), parsed.token);
SCRIPT
output=$(timeout 60 node try.mjs)
expected=$(cat <<'SEEN'
www-authenticate Basic {"realm":"x","Digest realm":"y","nonce":"n"}
auth-header Basic {"realm":["x","y"],"nonce":"n"} Digest
SEEN
)
echo "$output"
[ "$output" = "$expected" ] || { echo "The behaviour is another; it was:"; echo "$expected"; exit 1; }
