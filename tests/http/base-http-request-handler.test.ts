import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import {
  BaseHTTPRequestHandler,
  DEFAULT_ERROR_MESSAGE,
  fieldBlock,
  type HTTPHandlerClass,
  HTTPMessage,
  HTTPStatus,
} from "pyserve/http/server";
import { get, request, serveHttp, TestHandler } from "../support/http.js";
import { deferred } from "../support/servers.js";

/** The handler of CPython's own tests. */
class Python extends TestHandler {
  do_TEST() {
    this.#noContent("close");
  }

  do_KEEP() {
    this.#noContent("keep-alive");
  }

  do_KEYERROR() {
    this.send_error(999);
  }

  do_NOTFOUND() {
    this.send_error(HTTPStatus.NOT_FOUND);
  }

  do_EXPLAINERROR() {
    this.send_error(999, "Short Message", "This is a long \n explanation");
  }

  do_CUSTOM() {
    this.send_response(999);
    this.send_header("Content-Type", "text/html");
    this.send_header("Connection", "close");
    this.end_headers();
  }

  do_LATINONEHEADER() {
    this.send_response(999);
    this.send_header("X-Special", "Dängerous Mind");
    this.send_header("Connection", "close");
    this.end_headers();
    this.wfile.write(this.headers.get("x-special-incoming", ""));
  }

  do_SEND_ERROR() {
    this.send_error(Number(this.path.slice(1)));
  }

  do_HEAD() {
    this.do_SEND_ERROR();
  }

  #noContent(connection: string) {
    this.send_response(HTTPStatus.NO_CONTENT);
    this.send_header("Content-Type", "text/html");
    this.send_header("Connection", connection);
    this.end_headers();
  }
}

const replies: readonly (readonly [
  method: string,
  status: number,
  reason: string,
  fields: Readonly<Record<string, string | undefined>>,
])[] = [
  [
    "GET",
    501,
    "Unsupported method ('GET')",
    { "content-type": "text/html;charset=utf-8", connection: undefined },
  ],
  [
    "TEST",
    204,
    "No Content",
    { "content-type": "text/html", connection: "close", "content-length": undefined },
  ],
  ["KEEP", 204, "No Content", { connection: "keep-alive" }],
  ["KEYERROR", 999, "???", { "content-type": "text/html;charset=utf-8" }],
  ["NOTFOUND", 404, "Not Found", {}],
  ["EXPLAINERROR", 999, "Short Message", {}],
  ["CUSTOM", 999, "", { connection: "close", "content-length": "0" }],
  ["LATINONEHEADER", 999, "", { "x-special": "Dängerous Mind", "content-length": "18" }],
];

for (const [method, status, reason, fields] of replies) {
  test(`do_${method} is answered as CPython's test suite has it`, async (t) => {
    const client = await serveHttp(t, Python).send(
      request(method, "/", ["X-Special-Incoming: \xc4rger mit Unicode"]),
    );
    const reply = await client.reply();
    assert.deepEqual([reply.status, reply.reason, reply.isCut], [status, reason, false]);
    for (const [name, value] of Object.entries(fields)) assert.equal(reply.fields[name], value, name);
    if (method === "LATINONEHEADER")
      assert.equal(reply.content, Buffer.from("Ärger mit Unicode").toString("latin1"));
    if (method === "EXPLAINERROR") assert.match(reply.content, /999 - This is a long \n explanation\./);
    assert.match(reply.fields.server ?? "", /^BaseHTTP\/0\.6 Node\/[0-9]+\./);
    assert.match(reply.fields.date ?? "", /^[A-Z][a-z]{2}, [0-9]{2} [A-Z][a-z]{2} [0-9]{4} [0-9:]{8} GMT$/);
  });
}

const withoutPage: readonly (readonly [code: number, length: string | undefined])[] = [
  [204, undefined],
  [304, undefined],
  [205, "0"],
];

for (const [code, length] of withoutPage) {
  for (const method of ["SEND_ERROR", "HEAD"]) {
    test(`send_error(${code}) for ${method} has no content and no type`, async (t) => {
      const client = await serveHttp(t, Python).send(request(method, `/${code}`) + request("NOTFOUND", "/"));
      const reply = await client.reply(method);
      const { "content-length": found, "content-type": type, "transfer-encoding": coding } = reply.fields;
      assert.deepEqual([reply.status, found, type, coding], [code, length, undefined, undefined]);
      assert.equal((await client.reply()).status, 404);
    });
  }
}

test("send_error for HEAD has the length of its page, but not the page", async (t) => {
  const client = await serveHttp(t, Python).send(request("HEAD", "/404") + request("NOTFOUND", "/"));
  const reply = await client.reply("HEAD");
  const page = await client.reply();
  assert.equal(reply.fields["content-length"], String(page.content.length));
  assert.equal(reply.fields["content-type"], page.fields["content-type"]);
});

interface Page {
  readonly name: string;
  readonly args: readonly [code: number, message?: string | null, explain?: string | null];
  readonly reason: string;
  readonly page: RegExp;
  readonly log: string;
}

const pages: readonly Page[] = [
  {
    name: "without a message takes the phrase and the explanation of responses",
    args: [404],
    reason: "Not Found",
    page: /Error code: 404<.*Message: Not Found\.<.*404 - Nothing matches the given URI\./s,
    log: "code 404, message Not Found",
  },
  {
    name: "with null for a message does so too",
    args: [404, null, null],
    reason: "Not Found",
    page: /404 - Nothing matches/,
    log: "code 404, message Not Found",
  },
  {
    name: "escapes markup",
    args: [400, "<b>&\"'", "<script>"],
    reason: "<b>&\"'",
    page: /&lt;b&gt;&amp;"'\..*&lt;script&gt;\./s,
    log: "code 400, message <b>&\"'",
  },
  {
    name: "sends the phrase of responses where a message can't be a phrase, and shows the message",
    args: [400, "a\r\nX: y\u2028€"],
    reason: "Bad Request",
    page: /Message: a\r\nX: y\xe2\x80\xa8\xe2\x82\xac\./,
    log: "code 400, message a\r\nX: y\u2028€",
  },
  {
    name: "takes an empty message for one",
    args: [404, "", ""],
    reason: "",
    page: /Message: \.<.*404 - \./s,
    log: "code 404, message ",
  },
  {
    name: "leaves percent signs alone",
    args: [404, "100%", "%(code)d%s"],
    reason: "100%",
    page: /Message: 100%\.<.*404 - %\(code\)d%s\./s,
    log: "code 404, message 100%",
  },
];

for (const { name, args, reason, page, log } of pages) {
  test(`send_error ${name}`, async (t) => {
    class Handler extends TestHandler {
      do_GET() {
        this.send_error(...args);
      }
    }
    const fixture = serveHttp(t, Handler);
    const client = await fixture.send(get("/") + get("/"));
    for (let count = 0; count < 2; count++) {
      const reply = await client.reply();
      assert.deepEqual([reply.status, reply.reason], [args[0], reason]);
      assert.match(reply.content, page);
      assert.equal(reply.fields.x, undefined);
    }
    assert.equal(fixture.log[0], log);
  });
}

test("a handler without a connection has the assigned header fields", () => {
  const handler = new BaseHTTPRequestHandler({} as never, ["192.0.2.1", 1] as never, {} as never);
  assert.equal(handler.headers, handler.headers);
  const headers = new HTTPMessage(["A", "1"]);
  handler.headers = headers;
  assert.equal(handler.headers, headers);
});

test("a handler whose constructor and settings read the header fields sees those of the request later", async (t) => {
  class Early extends TestHandler {
    readonly before = this.headers.get("host");
    override get headers() {
      return super.headers;
    }
    override get max_requests_per_connection() {
      return this.headers.get("host") === null ? 100 : 200;
    }
    do_GET() {
      this.respond(`${this.before} ${this.headers.get("host")}`);
    }
  }
  const client = await serveHttp(t, Early).send(get("/"));
  assert.equal((await client.reply()).content, "null test");
});

test("a handler sees the request: CPython's test_http_1_1", async (t) => {
  const seen = deferred<unknown[]>();
  class Seeing extends TestHandler {
    do_GET() {
      const { command, path, request_version, requestline, raw_requestline, headers, close_connection } =
        this;
      seen.resolve([
        command,
        path,
        request_version,
        requestline,
        String(raw_requestline),
        headers.items(),
        close_connection,
      ]);
      this.respond();
    }
  }
  const client = await serveHttp(t, Seeing).send(
    "GET /%41?b HTTP/1.0\r\nExpect: 100-continue\r\nexpect: X\r\n\r\n",
  );
  await client.reply();
  assert.deepEqual(await seen.promise, [
    "GET",
    "/%41?b",
    "HTTP/1.0",
    "GET /%41?b HTTP/1.0",
    "GET /%41?b HTTP/1.0\r\n",
    [
      ["Expect", "100-continue"],
      ["expect", "X"],
    ],
    true,
  ]);
});

test("the facts of one request do not apply to the next one, nor to a malformed one", async (t) => {
  const seen: unknown[] = [];
  class Seeing extends TestHandler {
    do_HEAD() {
      this.respond();
    }

    do_GET() {
      this.respond();
    }

    override end_headers() {
      seen.push([this.command, this.path, this.headers.get("A"), this.request_version]);
      super.end_headers();
    }
  }
  const client = await serveHttp(t, Seeing).send(
    `${request("HEAD", "/a", ["A: 1"]) + get("/b")}nonsense\r\n\r\n`,
  );
  await client.reply("HEAD");
  await client.reply();
  const last = await client.reply();
  assert.deepEqual([last.status, last.content.length > 0], [400, true]);
  assert.deepEqual(seen, [
    ["HEAD", "/a", "1", "HTTP/1.1"],
    ["GET", "/b", null, "HTTP/1.1"],
    [null, "", null, "HTTP/1.1"],
  ]);
});

test("handle calls handle_one_request until close_connection is set: CPython's test_close_connection", async (t) => {
  for (const values of [[true], [false, false, true]]) {
    for (const isLate of [false, true]) {
      let calls = 0;
      class Counting extends TestHandler {
        override handle_one_request() {
          const count = () => {
            this.close_connection = values[calls++] ?? true;
          };
          return isLate ? turn().then(count) : count();
        }
      }
      const client = await serveHttp(t, Counting).send(get("/"));
      await client.assertEnd();
      assert.equal(calls, values.length);
    }
  }
});

test("handle can be written as in Python", async (t) => {
  class Own extends TestHandler {
    do_GET() {
      this.respond(this.path);
    }

    override async handle() {
      this.close_connection = true;
      await this.handle_one_request();
      while (!this.close_connection) await this.handle_one_request();
    }
  }
  const client = await serveHttp(t, Own).send(get("/1") + get("/2"));
  for (const content of ["/1", "/2"]) assert.equal((await client.reply()).content, content);
  client.send(request("GET", "/3", ["Connection: close"]));
  assert.equal((await client.reply()).content, "/3");
  await client.assertEnd();
});

test("a method is looked up on the handler, only in capitals", async (t) => {
  class Helpers extends TestHandler {
    do_something() {
      throw new Error("not a method of HTTP");
    }

    // @ts-expect-error: the compiler refuses it, JavaScript does not
    readonly do_FIELD = "not a function";

    readonly do_OWN = () => this.respond("own");

    "do_M-SEARCH"() {
      this.respond("search");
    }
  }
  const fixture = serveHttp(t, Helpers);
  const expected = { something: 501, FIELD: 501, OWN: 200, "M-SEARCH": 200, "": 400, hasOwnProperty: 501 };
  for (const [method, status] of Object.entries(expected)) {
    const client = await fixture.send(request(method, "/"));
    assert.equal((await client.reply()).status, status, method);
  }
});

/** Hooks, in the order in which a response calls them. */
const HOOKS = [
  "handle",
  "handle_one_request",
  "parse_request",
  "handle_expect_100",
  "send_error",
  "send_response",
  "send_response_only",
  "send_header",
  "end_headers",
  "flush_headers",
  "log_request",
  "log_error",
  "log_message",
  "version_string",
  "date_time_string",
  "finish",
  "setup",
] as const;

/** A handler that records the calls of its hooks. */
function noting(calls: string[]): HTTPHandlerClass {
  class Noting extends TestHandler {
    do_GET() {
      this.respond("abc");
    }

    async do_POST() {
      this.respond(`${await this.rfile.read()}`);
    }

    do_NOTHING() {}

    do_THROW() {
      throw new Error("on purpose");
    }
  }
  for (const hook of HOOKS) {
    const base = Noting.prototype[hook] as (...args: unknown[]) => unknown;
    Object.defineProperty(Noting.prototype, hook, {
      value(this: unknown, ...args: unknown[]) {
        calls.push(hook === "send_header" ? `send_header ${args[0]}` : hook);
        return base.apply(this, args);
      },
    });
  }
  return Noting as unknown as HTTPHandlerClass;
}

const SENT = [
  "send_response",
  "log_request",
  "log_message",
  "send_response_only",
  "version_string",
  "send_header Server",
  "date_time_string",
  "send_header Date",
];
const ERROR = [
  "send_error",
  "log_error",
  "log_message",
  ...SENT,
  "send_header Content-Type",
  "send_header Content-Length",
  "end_headers",
  "flush_headers",
];

/** An error with an `Allow` field. */
function withAllow(hooks: readonly string[]): string[] {
  return hooks.flatMap((hook) =>
    hook === "send_header Content-Type" ? ["send_header Allow", hook] : [hook],
  );
}
const REPLY = [...SENT, "send_header Content-Length", "end_headers", "flush_headers"];
const BEGIN = ["setup", "handle", "handle_one_request", "parse_request"];

const paths: readonly (readonly [name: string, sent: string, calls: readonly string[]])[] = [
  ["an ordinary request", request("GET", "/"), [...BEGIN, ...REPLY]],
  ["an unknown method", request("PUT", "/"), [...BEGIN, ...withAllow(ERROR)]],
  ["a bad request", "GET / HTTP/1.1\r\n\r\n", [...BEGIN, ...ERROR]],
  ["an exception", request("THROW", "/"), [...BEGIN, ...ERROR]],
  ["no reply", request("NOTHING", "/"), [...BEGIN, "log_error", "log_message", ...ERROR]],
  [
    "a client that waits for 100",
    request("POST", "/", ["Expect: 100-continue", "Content-Length: 3"]),
    [...BEGIN, "handle_expect_100", ...REPLY],
  ],
];

for (const [name, sent, expected] of paths) {
  test(`every hook is called for ${name}, in Python's order`, async (t) => {
    const calls: string[] = [];
    const fixture = serveHttp(t, noting(calls));
    const client = await fixture.send(sent);
    let reply = await client.reply();
    if (reply.status === 100) reply = await client.send("abc").reply();
    assert.equal(reply.isCut, false);
    client.end();
    await client.assertEnd();
    const after = calls.splice(expected.length);
    assert.deepEqual(calls, expected);
    // After it, the connection ends.
    assert.deepEqual(
      after.filter((call) => call !== "handle_one_request"),
      ["finish"],
    );
    fixture.takeErrors();
  });
}

test("an override of end_headers adds a field to every response", async (t) => {
  class Adding extends Python {
    do_GET(): void | Promise<void> {
      if (this.path === "/throw") throw new Error("on purpose");
      if (this.path === "/nothing") return;
      if (this.path === "/late") return turn().then(() => this.respond("late"));
      this.send_response(200);
    }

    override end_headers() {
      this.send_header("X-Added", "yes");
      super.end_headers();
    }
  }
  const fixture = serveHttp(t, Adding);
  const sent = ["/", "/nothing", "/late", "/throw"].map((path) => get(path));
  sent.push(request("PUT", "/"), request("HEAD", "/404"), request("SEND_ERROR", "/304"), "nonsense\r\n\r\n");
  for (const bytes of sent) {
    const client = await fixture.send(bytes);
    assert.equal((await client.reply(bytes.split(" ")[0])).fields["x-added"], "yes", bytes);
  }
  fixture.takeErrors();
});

test("an override of parse_request can refuse, and can change the parsed request", async (t) => {
  class Gate extends TestHandler {
    override parse_request() {
      if (!super.parse_request()) return false;
      if (this.path === "/secret") {
        this.send_error(403);
        return false;
      }
      this.path = this.path.replace("/old", "/new");
      this.headers.add_header("X-Seen", "yes");
      if (this.path === "/put") this.command = "PUT";
      return true;
    }

    do_GET() {
      this.respond(`${this.path} ${this.headers.get("X-Seen")}`);
    }

    do_PUT() {
      this.respond("put");
    }
  }
  const client = await serveHttp(t, Gate).send(get("/secret") + get("/old/x") + get("/put"));
  assert.equal((await client.reply()).status, 403);
  assert.equal((await client.reply()).content, "/new/x yes");
  assert.equal((await client.reply()).content, "put");
});

test("overrides of version_string and date_time_string affect every response", async (t) => {
  class Custom extends Python {
    override version_string() {
      return "Mine/1";
    }

    override date_time_string(timestamp?: number | null) {
      return timestamp === undefined ? "today" : super.date_time_string(timestamp);
    }
  }
  const client = await serveHttp(t, Custom).send(request("NOTFOUND", "/") + request("TEST", "/"));
  for (const _ of [1, 2]) {
    const { server, date } = (await client.reply()).fields;
    assert.deepEqual([server, date], ["Mine/1", "today"]);
  }
});

class ViaStatic extends Python {
  static override server_version: string = "Own/1";
  static override sys_version: string = "";
  static override error_content_type: string = "text/plain";
  static override error_message_format: string = "%(code)d %(message)s";
  static override protocol_version: string = "HTTP/1.0";
  static override responses: typeof BaseHTTPRequestHandler.responses = { 404: ["Gone Fishing", "Later."] };
}

class ViaField extends Python {
  override server_version = "Own/1";
  override sys_version = "";
  override error_content_type = "text/plain";
  override error_message_format = "%(code)d %(message)s";
  override protocol_version = "HTTP/1.0";
  override responses: typeof BaseHTTPRequestHandler.responses = { 404: ["Gone Fishing", "Later."] };
}

class ViaAssignment extends Python {}
for (const name of [
  "server_version",
  "sys_version",
  "error_content_type",
  "error_message_format",
  "protocol_version",
] as const)
  ViaAssignment[name] = ViaStatic[name];
ViaAssignment.responses = ViaStatic.responses;

class ViaInstance extends Python {
  constructor(...args: ConstructorParameters<typeof Python>) {
    super(...args);
    for (const name of [
      "server_version",
      "sys_version",
      "error_content_type",
      "error_message_format",
      "protocol_version",
    ] as const)
      this[name] = ViaStatic[name];
    this.responses = ViaStatic.responses;
  }
}

class Inheriting extends ViaStatic {}

for (const Handler of [ViaStatic, ViaField, ViaAssignment, ViaInstance, Inheriting]) {
  test(`class attributes are seen: ${Handler.name}`, async (t) => {
    const client = await serveHttp(t, Handler).send(request("NOTFOUND", "/"));
    const line = await client.line();
    assert.equal(line, "HTTP/1.0 404 Gone Fishing");
    const text = await client.rest();
    assert.match(text, /^Server: Own\/1 ?\r\n/);
    assert.match(text, /\r\nContent-Type: text\/plain\r\n/);
    assert.match(text, /\r\nConnection: close\r\n/);
    assert.ok(text.endsWith("\r\n\r\n404 Gone Fishing"));
  });
}

test("the attributes of `BaseHTTPRequestHandler` have Python's values, except the documented ones", () => {
  assert.equal(BaseHTTPRequestHandler.server_version, "BaseHTTP/0.6");
  assert.equal(BaseHTTPRequestHandler.sys_version, `Node/${process.versions.node}`);
  assert.equal(BaseHTTPRequestHandler.error_message_format, DEFAULT_ERROR_MESSAGE);
  assert.equal(BaseHTTPRequestHandler.error_content_type, "text/html;charset=utf-8");
  assert.equal(BaseHTTPRequestHandler.protocol_version, "HTTP/1.1");
  assert.equal(BaseHTTPRequestHandler.default_request_version, "HTTP/1.1");
  assert.equal(BaseHTTPRequestHandler.MessageClass, HTTPMessage);
  assert.deepEqual(BaseHTTPRequestHandler.weekdayname, ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]);
  assert.equal(BaseHTTPRequestHandler.monthname.length, 13);
  assert.deepEqual(BaseHTTPRequestHandler.monthname.slice(0, 2), [null, "Jan"]);
});

test("MessageClass is the class of headers", async (t) => {
  class Message extends HTTPMessage {
    shout(name: string) {
      return this.get(name, "").toUpperCase();
    }
  }
  class Handler extends TestHandler {
    static override MessageClass = Message;

    do_GET() {
      this.respond((this.headers as Message).shout("a"));
    }
  }
  const client = await serveHttp(t, Handler).send(request("GET", "/", ["A: b"]));
  assert.equal((await client.reply()).content, "B");
});

const dates: readonly (readonly [timestamp: number, text: string])[] = [
  [784111777, "Sun, 06 Nov 1994 08:49:37 GMT"],
  [784111777.9, "Sun, 06 Nov 1994 08:49:37 GMT"],
  [0, "Thu, 01 Jan 1970 00:00:00 GMT"],
  [951782400, "Tue, 29 Feb 2000 00:00:00 GMT"],
];

test("date_time_string, address_string and version_string are Python's", async (t) => {
  const seen = deferred<unknown[]>();
  class Handler extends TestHandler {
    do_GET() {
      this.respond();
      seen.resolve([
        this.address_string(),
        this.version_string(),
        ...dates.map(([timestamp]) => this.date_time_string(timestamp)),
      ]);
    }
  }
  await (await serveHttp(t, Handler).send(get("/"))).reply();
  assert.deepEqual(await seen.promise, [
    "127.0.0.1",
    `BaseHTTP/0.6 Node/${process.versions.node}`,
    ...dates.map(([, text]) => text),
  ]);
});

const logged: readonly (readonly [format: string, args: readonly unknown[], line: string])[] = [
  ["/foo", [], "/foo"],
  ["/\x1bbar\0\x1b", [], "/\\x1bbar\\x00\\x1b"],
  ["/spam %s.", ["a"], "/spam a."],
  ["/spam %s.", ["\x1b\x7f\x9f\xa0beans"], "/spam \\x1b\\x7f\\x9f\xa0beans."],
  ['"GET /foo\\b"ar\x07 HTTP/1.0"', [], '"GET /foo\\\\b"ar\\x07 HTTP/1.0"'],
  ["a\nb %d", [3], "a\\x0ab 3"],
];

test("log_message escapes unprintable characters: CPython's test_unprintable_not_logged", async (t) => {
  const lines: string[] = [];
  t.mock.method(process.stderr, "write", (text: string) => {
    lines.push(...text.trimEnd().split("\n"));
    return true;
  });
  class Logging extends BaseHTTPRequestHandler {
    do_GET() {
      for (const [format, args] of logged) this.log_message(format, ...args);
      this.send_response(200);
    }

    override log_date_time_string() {
      return "now";
    }

    override address_string() {
      return "here";
    }
  }
  await (await serveHttp(t, Logging).send(get("/%e4"))).reply();
  await turn();
  await turn();
  assert.deepEqual(lines, [
    ...logged.map(([, , line]) => `here - - [now] ${line}`),
    'here - - [now] "GET /%e4 HTTP/1.1" 200 -',
  ]);
});

test("a handler's own fields are created before it serves, and last as long as the connection", async (t) => {
  class Counter extends TestHandler {
    count = 0;

    do_GET() {
      this.respond(String(++this.count));
    }
  }
  const client = await serveHttp(t, Counter).send(get("/") + get("/"));
  for (const content of ["1", "2"]) assert.equal((await client.reply()).content, content);
});

const BLOCK = fieldBlock([
  ["X-One", "1"],
  ["Content-Length", "2"],
  ["X-Two", "2"],
]);

class Prepared extends TestHandler {
  do_GET() {
    this.send_response_only(200);
    this.send_header_block(BLOCK);
    this.end_headers();
    this.wfile.write("ok");
  }
  do_HEAD() {
    this.do_GET();
  }
  do_EMPTY() {
    this.send_response_only(204);
    this.send_header_block(BLOCK);
    this.end_headers();
  }
  do_LATE() {
    this.send_header_block(BLOCK);
  }
}

test("`send_header_block` sends its fields in their order", async (t) => {
  const fixture = serveHttp(t, Prepared);
  for (const method of ["GET", "HEAD"]) {
    const reply = await (await fixture.send(request(method, "/"))).reply(method);
    assert.deepEqual(Object.entries(reply.fields), [
      ["x-one", "1"],
      ["content-length", "2"],
      ["x-two", "2"],
    ]);
  }
});

test("`send_header_block` calls an overridden `send_header` for each of its fields", async (t) => {
  class Marking extends Prepared {
    override send_header(keyword: string, value: string | number) {
      super.send_header(keyword, keyword.startsWith("X-") ? `${value}!` : value);
    }
  }
  const reply = await (await serveHttp(t, Marking).send(get("/"))).reply();
  assert.deepEqual([reply.fields["x-one"], reply.fields["x-two"], reply.content], ["1!", "2!", "ok"]);
});

test("`send_header_block` leaves out a length that is not allowed", async (t) => {
  const reply = await (await serveHttp(t, Prepared).send(request("EMPTY", "/"))).reply();
  assert.deepEqual(
    [reply.status, reply.fields["content-length"], reply.fields["x-two"]],
    [204, undefined, "2"],
  );
});

test("`send_header_block` without a response is an error", async (t) => {
  const fixture = serveHttp(t, Prepared);
  const reply = await (await fixture.send(request("LATE", "/"))).reply();
  assert.equal(reply.status, 500);
  assert.match(String(fixture.takeErrors()), /block of fields can't be sent here/);
});
