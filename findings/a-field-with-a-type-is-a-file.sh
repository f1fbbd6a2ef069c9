#!/usr/bin/env bash
# formidable 3.5.4 takes a form's field for an uploaded file as soon as the part has a Content-Type.
#
# RFC 7578 §4.4: "Each part MAY have an (optional) Content-Type header field, which defaults to text/plain"; it is the file name that makes
# a part a file (§4.2). .NET's StringContent and Apache's HttpClient send text fields so, with a charset.
#
# Guess before the first run: both parts are fields.
# Seen: "a" is a field; "b", with "text/plain; charset=utf-8" and no file name, is a file of three bytes on the disk.
#
# Needs: Node 20 or newer with npm. Exits with 1 if the behaviour is another.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

npm install --silent --no-audit --no-fund --ignore-scripts formidable@3.5.4 >/dev/null

cat > try.mjs <<'SCRIPT'
import http from "node:http";

/** Posts a form to a server that reads it by a function. */
function read(form, type, parse) {
  return new Promise((resolve) => {
    const server = http.createServer((request, response) =>
      parse(request)
        .then(resolve, (error) => resolve(`error: ${error.message}`))
        .finally(() => {
          response.end();
          server.close();
        }),
    );
    server.listen(0, "127.0.0.1", () => {
      const headers = { "content-type": type, "content-length": form.length };
      http.request({ host: "127.0.0.1", port: server.address().port, method: "POST", agent: false, headers }).end(form);
    });
  });
}
import formidable from "formidable";

const form = [
  '--x\r\nContent-Disposition: form-data; name="a"\r\n\r\none\r\n',
  '--x\r\nContent-Disposition: form-data; name="b"\r\nContent-Type: text/plain; charset=utf-8\r\n\r\ntwo\r\n--x--\r\n',
].join("");
const parse = async (request) => {
  const [fields, files] = await formidable({ uploadDir: "." }).parse(request);
  return `fields ${Object.keys(fields)}; files ${Object.entries(files).map(([name, [file]]) => `${name} (${file.size} bytes)`)}`;
};
console.log(await read(form, "multipart/form-data; boundary=x", parse));
SCRIPT
output=$(timeout 60 node try.mjs)
expected=$(cat <<'SEEN'
fields a; files b (3 bytes)
SEEN
)
echo "$output"
[ "$output" = "$expected" ] || { echo "The behaviour is another; it was:"; echo "$expected"; exit 1; }
