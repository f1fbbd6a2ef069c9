#!/usr/bin/env bash
# busboy 1.6.0 and @fastify/busboy 3.2.6 find nothing, and no error, in a form whose boundaries have white space behind them; formidable 3.5.4 and
# multiparty 4.3.1 refuse it.
#
# RFC 2046 §5.1.1: delimiter := "--" boundary, and "transport-padding" may stand behind it: "Composers MUST NOT generate non-zero length transport
# padding, but receivers MUST be able to handle padding added by message transports."
#
# Guess before the first run: all four read the field.
# Seen: no field from the first two, which end as for an empty form; an error from the others.
#
# Needs: Node 20 or newer with npm. Exits with 1 if the behaviour is another.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

npm install --silent --no-audit --no-fund --ignore-scripts busboy@1.6.0 @fastify/busboy@3.2.6 formidable@3.5.4 multiparty@4.3.1 >/dev/null

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
import fastify from "@fastify/busboy";
import busboy from "busboy";
import formidable from "formidable";
import multiparty from "multiparty";

const type = "multipart/form-data; boundary=x";
const fields = (parser, done) => (request) =>
  new Promise((resolve, reject) => {
    const names = [];
    parser.on("field", (name) => names.push(name)).on("error", reject).on(done, () => resolve(`[${names}]`));
    request.pipe(parser);
  });
const parsers = {
  busboy: fields(busboy({ headers: { "content-type": type } }), "close"),
  "@fastify/busboy": fields(fastify({ headers: { "content-type": type } }), "finish"),
  formidable: async (request) => `[${Object.keys((await formidable({}).parse(request))[0])}]`,
  multiparty: (request) =>
    new Promise((resolve, reject) =>
      new multiparty.Form().parse(request, (error, all) => (error ? reject(error) : resolve(`[${Object.keys(all)}]`))),
    ),
};
for (const [name, parse] of Object.entries(parsers)) {
  const form = '--x \r\nContent-Disposition: form-data; name="a"\r\n\r\nhello\r\n--x--\r\n';
  console.log(name, await read(form, type, parse));
}
SCRIPT
output=$(timeout 60 node try.mjs)
expected=$(cat <<'SEEN'
busboy []
@fastify/busboy []
formidable error: MultipartParser.end(): stream ended unexpectedly: state = START
multiparty error: Expected CR Received 32
SEEN
)
echo "$output"
[ "$output" = "$expected" ] || { echo "The behaviour is another; it was:"; echo "$expected"; exit 1; }
