/** Errors for programs: RFC 9457, if a client prefers JSON. */
import assert from "node:assert/strict";
import test from "node:test";
import { BaseHTTPRequestHandler, type HTTPServer, SimpleHTTPRequestHandler } from "pyserve";
import { type HTTPHandlerRun, runHandler } from "pyserve/testing";

class Handler extends BaseHTTPRequestHandler {
  static override max_content_length = 10;
  do_GET() {
    if (this.path === "/throws") throw new Error("on purpose");
    this.send_error(404, "No <such> user", "There is no user 7 & none 8.");
  }
  do_POST() {
    this.send_error(409);
  }
}

const JSON_TYPE = "application/problem+json";
const HTML_TYPE = "text/html;charset=utf-8";

function ask(
  line: string,
  accept: string | null,
  HandlerClass: typeof BaseHTTPRequestHandler<HTTPServer> = Handler,
  more = "",
): Promise<HTTPHandlerRun> {
  const field = accept === null ? "" : `Accept: ${accept}\r\n`;
  return runHandler(HandlerClass, `${line} HTTP/1.1\r\nHost: h\r\n${field}${more}\r\n`, {
    errors: "return",
  });
}

for (const [accept, type] of [
  ["application/json", JSON_TYPE],
  ["application/problem+json", JSON_TYPE],
  ["application/problem+json, text/html;q=0.5", JSON_TYPE],
  ["application/json, text/plain, */*", JSON_TYPE],
  ["application/json;q=0.5, text/html", HTML_TYPE],
  ["application/problem+json;q=0, */*", HTML_TYPE],
  ["text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", HTML_TYPE],
  ["*/*", HTML_TYPE],
  [null, HTML_TYPE],
] as const) {
  test(`an error for a client with Accept: ${accept} is ${type}, and says what it depends on`, async () => {
    const { headers, body } = await ask("GET /", accept);
    assert.equal(headers.get("Content-Type"), type);
    assert.equal(headers.get("Vary"), accept === null ? null : "Accept");
    assert.equal(headers.get("Content-Length"), String(body.length));
  });
}

for (const [line, more, expected] of [
  ["GET /", "", { title: "No <such> user", status: 404, detail: "There is no user 7 & none 8." }],
  [
    "GET /throws",
    "",
    { title: "Internal Server Error", status: 500, detail: "Server got itself in trouble" },
  ],
  [
    "POST /long",
    "Content-Length: 11\r\n",
    { title: "Content Too Large", status: 413, detail: "The content is larger than this server allows." },
  ],
  ["POST /", "Content-Length: 0\r\n", { title: "Conflict", status: 409, detail: "Request conflict" }],
  [
    "PUT /",
    "",
    { title: "Unsupported method ('PUT')", status: 501, detail: "Server does not support this operation" },
  ],
] as const) {
  test(`${line} is answered with ${expected.status} as a problem`, async () => {
    const { status, headers, body } = await ask(line, "application/json", Handler, more);
    assert.equal(status, expected.status);
    assert.equal(headers.get("Content-Type"), JSON_TYPE);
    assert.deepEqual(JSON.parse(String(body)), expected);
  });
}

test("HEAD has the fields of a problem, and no content", async () => {
  const { status, headers, body } = await ask("HEAD /", "application/json");
  assert.equal(status, 501);
  assert.equal(headers.get("Content-Type"), JSON_TYPE);
  assert.equal(body.length, 0);
});

test("a missing file is a problem, too", async () => {
  class Files extends SimpleHTTPRequestHandler {
    static override directory = import.meta.dirname;
  }
  const { status, body } = await ask("GET /missing", "application/json", Files as never);
  assert.equal(status, 404);
  assert.equal(JSON.parse(String(body)).title, "File not found");
});

test("a class with its own error_content_type or error_message_format sends it to all clients", async () => {
  class Typed extends Handler {
    static override error_content_type = "text/plain";
  }
  class Formatted extends Handler {
    static override error_message_format = "%(code)d %(message)s";
  }
  for (const [Class, type] of [
    [Typed, "text/plain"],
    [Formatted, HTML_TYPE],
  ] as const) {
    const { headers } = await ask("GET /", "application/json", Class);
    assert.equal(headers.get("Content-Type"), type);
    assert.equal(headers.get("Vary"), null);
  }
});

test("a request whose head is malformed gets Python's page", async () => {
  const { headers } = await ask("GET /\tx", "application/json");
  assert.equal(headers.get("Content-Type"), HTML_TYPE);
});

test("content that is longer than announced is an error, which says to count bytes", async () => {
  class Careless extends BaseHTTPRequestHandler {
    do_GET() {
      const text = "äöü";
      this.send_response(200);
      this.send_header("Content-Length", text.length);
      this.end_headers();
      this.wfile.write(text);
    }
  }
  const { errors } = await ask("GET /", null, Careless);
  assert.match((errors[0] as Error).message, /Count bytes, not characters \(Buffer\.byteLength\(text\)\)/);
});
