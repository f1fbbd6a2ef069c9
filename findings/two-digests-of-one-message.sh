#!/usr/bin/env bash
# httpbis-digest-headers 1.0.0 and @digitalbazaar/http-digest-header 2.3.0 verify no message that has a digest which they don't know beside one they know.
#
# RFC 9530 §2: Content-Digest is a dictionary of digests, and a recipient may ignore any of them; §5 still has MD5, against accidents. RFC 3230
# §4.3.2: Digest is a list, and may hold SHA and UNIXsum at once. A server that keeps an old digest for old clients beside the new one
# can't be verified by these packages at all, though they know the new one.
#
# Guess before the first run: verified by SHA-256 each time.
# Seen: an error, and "not verified" even where SHA-256 comes first; http-digest-header then says the same as of a changed message.
#
# Needs: Node 20 or newer with npm. Exits with 1 if the behaviour is another.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

npm install --silent --no-audit --no-fund --ignore-scripts httpbis-digest-headers@1.0.0 @digitalbazaar/http-digest-header@2.3.0 >/dev/null

cat > try.mjs <<'SCRIPT'
import { createHash } from "node:crypto";
import { verifyHeaderValue } from "@digitalbazaar/http-digest-header";
import { verifyContentDigest } from "httpbis-digest-headers";

const data = '{"hello": "world"}';
const digest = (algorithm) => createHash(algorithm).update(data).digest("base64");
const [md5, sha256] = [digest("md5"), digest("sha256")];
for (const [field, name] of [
  [`sha-256=:${sha256}:`, "sha-256"],
  [`sha-256=:${sha256}:, md5=:${md5}:`, "sha-256, md5"],
]) {
  let result;
  try {
    result = verifyContentDigest(data, field) ? "verified" : "not verified";
  } catch (error) {
    result = error.message;
  }
  console.log(`Content-Digest with ${name}: ${result}`);
}
for (const [headerValue, name] of [
  [`SHA-256=${sha256}`, "SHA-256"],
  [`SHA-256=${sha256},MD5=${md5}`, "SHA-256, MD5"],
  [`MD5=${md5},SHA-256=${sha256}`, "MD5, SHA-256"],
]) {
  const { verified, error } = await verifyHeaderValue({ data, headerValue });
  console.log(`Digest with ${name}: ${verified ? "verified" : "not verified"}${error ? `, ${error.message}` : ""}`);
}
SCRIPT
output=$(timeout 60 node try.mjs)
expected=$(cat <<'SEEN'
Content-Digest with sha-256: verified
Content-Digest with sha-256, md5: Unsupported digest algorithm 'md5'.
Digest with SHA-256: verified
Digest with SHA-256, MD5: not verified
Digest with MD5, SHA-256: not verified, Algorithm "md5" is not supported.
SEEN
)
echo "$output"
[ "$output" = "$expected" ] || { echo "The behaviour is another; it was:"; echo "$expected"; exit 1; }
