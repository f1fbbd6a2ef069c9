#!/usr/bin/env bash
# netrc 0.1.4 and netrc-parser 3.1.6 end a password at its first "#".
#
# The format of .netrc is words between white space (ftp(1)); "#" has no meaning in it. curl takes a line that begins with
# "#" for a comment, and Python's netrc a word that does; inside of a word it is a character for both. With half of the password a
# program gets 401 where curl, with the same file, gets 200.
#
# Guess before the first run: the password "p#w" from all of them.
# Seen: so from curl and Python's netrc; "p" from the two packages.
#
# Needs: Node 20 or newer with npm, curl and python3. Exits with 1 if the behaviour is another.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

npm install --silent --no-audit --no-fund --ignore-scripts netrc@0.1.4 netrc-parser@3.1.6 >/dev/null

(umask 077; echo "machine 127.0.0.1 login me password p#w" > passwords)
cat > try.mjs <<'SCRIPT'
import { execFile } from "node:child_process";
import { once } from "node:events";
import http from "node:http";
import { promisify } from "node:util";
import parse from "netrc";
import parser from "netrc-parser";

const server = http.createServer(({ headers }, response) => response.end(Buffer.from(headers.authorization.split(" ")[1], "base64")));
server.listen(0, "127.0.0.1");
await once(server, "listening");
const run = promisify(execFile);
const url = `http://127.0.0.1:${server.address().port}/`;
console.log("curl:", (await run("curl", ["-q", "-s", "--noproxy", "*", "--netrc-file", "passwords", url])).stdout);
server.close();
const script = 'import netrc; user, _, word = netrc.netrc("passwords").authenticators("127.0.0.1"); print(f"{user}:{word}", end="")';
console.log("Python's netrc:", (await run("python3", ["-c", script])).stdout);

const show = ({ login, password }) => `${login}:${password}`;
console.log("netrc:", show(parse("passwords")["127.0.0.1"]));
const file = new parser.Netrc("passwords");
file.loadSync();
console.log("netrc-parser:", show(file.machines["127.0.0.1"]));
SCRIPT
output=$(timeout 60 node try.mjs)
expected=$(cat <<'SEEN'
curl: me:p#w
Python's netrc: me:p#w
netrc: me:p
netrc-parser: me:p
SEEN
)
echo "$output"
[ "$output" = "$expected" ] || { echo "The behaviour is another; it was:"; echo "$expected"; exit 1; }
