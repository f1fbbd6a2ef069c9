import assert from "node:assert/strict";
import test, { type TestContext } from "node:test";
import { type FileSettings, handlerWith, serveFiles, temporaryTree } from "../support/file-server.js";
import {
  fieldOf,
  getAndHead,
  parseReply,
  type RawRequest,
  rawExchange,
  rawRequest,
} from "../support/raw-http.js";

function serve(t: TestContext, settings: FileSettings): readonly [host: string, port: number] {
  const directory = temporaryTree(t, {
    "a.txt": "0123456789",
    "coded.txt": "",
    "coded.txt.gz": "",
    "list/in": "",
    "404.html": "none",
  });
  return serveFiles(t, { directory }, handlerWith(settings));
}

/** Requests for each kind of response. */
const EVERY_REPLY: readonly (readonly [status: number, RawRequest])[] = [
  [200, { target: "/a.txt" }],
  [200, { target: "/list/" }],
  [206, { target: "/a.txt", fields: { Range: "bytes=0-1" } }],
  [206, { target: "/a.txt", fields: { Range: "bytes=0-1,5-6" } }],
  [301, { target: "/list" }],
  [304, { target: "/a.txt", fields: { "If-None-Match": "*" } }],
  [404, { target: "/none" }],
  [406, { target: "/coded.txt", fields: { "Accept-Encoding": "identity;q=0" } }],
  [412, { target: "/a.txt", fields: { "If-Match": '"x"' } }],
  [416, { target: "/a.txt", fields: { Range: "bytes=10-" } }],
  [417, { target: "/a.txt", fields: { Expect: "x" } }],
  [501, { target: "/a.txt", method: "POST" }],
];

const fieldsOfAll: readonly (readonly [FileSettings, Readonly<Record<string, string>>])[] = [
  [{ cors: "*" }, { "Access-Control-Allow-Origin": "*" }],
  [
    { cors: "https://app.example" },
    {
      "Access-Control-Allow-Origin": "https://app.example",
      "Access-Control-Expose-Headers": "Accept-Ranges, Content-Encoding, Content-Length, Content-Range, ETag",
    },
  ],
  [
    { coop_coep: true },
    {
      "Cross-Origin-Opener-Policy": "same-origin",
      "Cross-Origin-Embedder-Policy": "require-corp",
      "Cross-Origin-Resource-Policy": "cross-origin",
    },
  ],
];
for (const [settings, expected] of fieldsOfAll) {
  test(`Every reply has the fields of ${JSON.stringify(settings)} once, errors included`, async (t) => {
    const address = serve(t, settings);
    for (const [status, request] of EVERY_REPLY) {
      const reply = await rawRequest(address, request);
      assert.equal(Number(reply.status.slice(0, 3)), status, JSON.stringify(request));
      for (const [name, value] of Object.entries(expected)) {
        const values = reply.fields.filter(([own]) => own === name).map(([, own]) => own);
        assert.deepEqual(values, [value], `${status} ${name}`);
      }
    }
    const broken = parseReply(await rawExchange(address, "GET /a.txt HTTP/1.1\r\n\r\n"));
    assert.match(broken.status, /^400 /);
    for (const [name, value] of Object.entries(expected)) assert.equal(fieldOf(broken, name), value);
  });
  test(`No reply has the fields of ${JSON.stringify(settings)} where that is not set`, async (t) => {
    const address = serve(t, {});
    for (const [, request] of EVERY_REPLY) {
      const reply = await rawRequest(address, request);
      for (const name of Object.keys(expected)) assert.equal(fieldOf(reply, name), undefined);
    }
  });
}

const PREFLIGHT = {
  method: "OPTIONS",
  target: "/a.txt",
  fields: {
    Origin: "https://app.example",
    "Access-Control-Request-Method": "GET",
    "Access-Control-Request-Headers": "range,if-none-match",
  },
};

test("A preflight is answered if `cors` is set, even for a missing file", async (t) => {
  const address = serve(t, { cors: "*", auth: "ada:secret" });
  for (const target of ["/a.txt", "/none", "/list"]) {
    const reply = await rawRequest(address, { ...PREFLIGHT, target });
    assert.equal(reply.status, "204 No Content");
    assert.equal(fieldOf(reply, "Access-Control-Allow-Origin"), "*");
    assert.equal(fieldOf(reply, "Access-Control-Allow-Methods"), "GET, HEAD");
    assert.equal(fieldOf(reply, "Access-Control-Allow-Headers"), "range,if-none-match");
  }
});

const askedForFields: readonly string[] = [
  "range",
  "Range",
  "if-range,range",
  "if-match",
  "if-match, if-range, range",
  "If-Match,If-None-Match,If-Modified-Since,If-Unmodified-Since,If-Range,Range",
  "authorization,range,want-repr-digest",
];
for (const requested of askedForFields) {
  test(`A preflight for the fields ${requested} passes, and browsers keep it for two hours`, async (t) => {
    const address = serve(t, { cors: "https://app.example" });
    const fields = { ...PREFLIGHT.fields, "Access-Control-Request-Headers": requested };
    const reply = await rawRequest(address, { ...PREFLIGHT, fields });
    assert.equal(reply.status, "204 No Content");
    assert.equal(fieldOf(reply, "Access-Control-Allow-Origin"), "https://app.example");
    assert.equal(fieldOf(reply, "Access-Control-Allow-Headers"), requested);
    assert.equal(fieldOf(reply, "Access-Control-Max-Age"), "7200");
  });
}

const rangesAskedFor: readonly (readonly [range: string, status: number, content: string])[] = [
  ["bytes=0-3", 206, "0123"],
  ["bytes=7-", 206, "789"],
  ["bytes=-2", 206, "89"],
  ["bytes=20-", 416, ""],
];
for (const [range, status, content] of rangesAskedFor) {
  test(`A script of another origin may read the reply to Range: ${range}`, async (t) => {
    const address = serve(t, { cors: "*" });
    const tag = fieldOf(await rawRequest(address, { target: "/a.txt" }), "ETag") ?? "";
    const reply = await rawRequest(address, {
      target: "/a.txt",
      fields: { Origin: "https://app.example", Range: range, "If-Match": tag },
    });
    assert.equal(Number(reply.status.slice(0, 3)), status);
    assert.equal(fieldOf(reply, "Access-Control-Allow-Origin"), "*");
    assert.match(fieldOf(reply, "Access-Control-Expose-Headers") ?? "", /Content-Range.*ETag/);
    if (status === 206) assert.equal(reply.body.toString(), content);
  });
}

test("One of several origins of `cors` may read a response, with its password and the added fields", async (t) => {
  const cors = ["https://a.example", "https://app.example"];
  const directory = temporaryTree(t, { "a.txt": "0123456789" });
  const args = { directory, extra_response_headers: { "X-Own": "1" } };
  const address = serveFiles(t, args, handlerWith({ cors, cors_credentials: true, auth: "ada:secret" }));
  const preflight = await rawRequest(address, PREFLIGHT);
  const reply = await rawRequest(address, {
    target: "/a.txt",
    fields: { Origin: "https://app.example", Authorization: basic("ada:secret") },
  });
  for (const one of [preflight, reply]) {
    assert.match(one.status, /^20[04] /);
    assert.equal(fieldOf(one, "Access-Control-Allow-Origin"), "https://app.example");
    assert.equal(fieldOf(one, "Access-Control-Allow-Credentials"), "true");
    assert.ok(one.fields.some(([name, value]) => name === "Vary" && value === "Origin"));
  }
  assert.match(fieldOf(reply, "Access-Control-Expose-Headers") ?? "", /, X-Own$/);
  const other = await rawRequest(address, { target: "/a.txt", fields: { Origin: "https://c.example" } });
  assert.equal(fieldOf(other, "Access-Control-Allow-Origin"), undefined);
});

test("OPTIONS is unsupported if `cors` is not set", async (t) => {
  assert.equal((await rawRequest(serve(t, {}), PREFLIGHT)).status, "501 Unsupported method ('OPTIONS')");
});

const basic = (text: string) => `Basic ${Buffer.from(text).toString("base64")}`;
const CREDENTIALS = { Authorization: basic("ada:se:cret") };

test("`auth` refuses clients without the credentials, for any request", async (t) => {
  const address = serve(t, { auth: "ada:se:cret" });
  const wrong = [{}, { Authorization: basic("ada:secret") }, { Authorization: basic("eve:se:cret") }];
  for (const fields of wrong)
    for (const method of ["GET", "HEAD", "POST", "OPTIONS", "X"])
      for (const target of ["/a.txt", "/none", "/list", "/list/"]) {
        const reply = await rawRequest(address, { method, target, fields });
        assert.equal(reply.status, "401 Unauthorized", `${method} ${target}`);
        assert.equal(fieldOf(reply, "WWW-Authenticate"), 'Basic realm="pyserve", charset="UTF-8"');
        for (const name of ["ETag", "Location", "Last-Modified"])
          assert.equal(fieldOf(reply, name), undefined);
      }
});

test("`auth` serves clients with the credentials", async (t) => {
  const address = serve(t, { auth: "ada:se:cret" });
  const reply = await getAndHead(address, { target: "/a.txt", fields: CREDENTIALS });
  assert.equal(reply.body.toString(), "0123456789");
  assert.equal(fieldOf(reply, "WWW-Authenticate"), undefined);
});

test("`auth` is checked for each request of a connection", async (t) => {
  const address = serve(t, { auth: "ada:se:cret" });
  const request = (fields: string) => `GET /a.txt HTTP/1.1\r\nHost: h\r\n${fields}\r\n`;
  const replies = await rawExchange(
    address,
    request(`Authorization: ${CREDENTIALS.Authorization}\r\n`) +
      request("") +
      request("Connection: close\r\n"),
  );
  assert.deepEqual(replies.toString("latin1").match(/(?<=HTTP\/1\.1 )\d+/g), ["200", "401", "401"]);
});

test("`auth` refuses a request with two fields `Authorization`, even if one is right", async (t) => {
  const address = serve(t, { auth: "ada:se:cret" });
  const right = `Authorization: ${CREDENTIALS.Authorization}\r\n`;
  const wrong = `authorization: ${basic("eve:se:cret")}\r\n`;
  for (const fields of [right + wrong, wrong + right, right + right]) {
    const request = `GET /a.txt HTTP/1.1\r\nHost: h\r\n${fields}Connection: close\r\n\r\n`;
    assert.match((await rawExchange(address, request)).toString("latin1"), /^HTTP\/1\.1 40[01] /);
  }
});

const hosts: readonly (readonly [head: string, status: number])[] = [
  ["GET /a.txt HTTP/1.1\r\nHost: app.test:8000", 200],
  ["GET /a.txt HTTP/1.1\r\nHost: APP.test.", 200],
  ["GET /a.txt HTTP/1.1\r\nHost: a.b.example", 200],
  ["GET /a.txt HTTP/1.1\r\nHost: [::1]:8000", 200],
  ["HEAD /a.txt HTTP/1.1\r\nHost: evil.test", 421],
  ["GET /a.txt HTTP/1.1\r\nHost: evil.test", 421],
  ["GET /none HTTP/1.1\r\nHost: evil.test", 421],
  ["POST /a.txt HTTP/1.1\r\nHost: evil.test\r\nContent-Length: 0", 421],
  ["OPTIONS /a.txt HTTP/1.1\r\nHost: evil.test", 421],
  ["GET /a.txt HTTP/1.1\r\nHost: app.test.evil.test", 421],
  ["GET /a.txt HTTP/1.0", 421],
  // The host of the target counts (RFC 9112 §3.2.2).
  ["GET http://app.test/a.txt HTTP/1.1\r\nHost: evil.test", 200],
  ["GET http://evil.test/a.txt HTTP/1.1\r\nHost: app.test", 421],
];
for (const [head, status] of hosts) {
  test(`\`allowed_hosts\` has ${JSON.stringify(head)} answered with ${status}`, async (t) => {
    const allowed_hosts = ["app.test", ".example", "::1"];
    const address = serve(t, { allowed_hosts, cors: "*" });
    const reply = parseReply(await rawExchange(address, `${head}\r\nConnection: close\r\n\r\n`));
    assert.equal(Number(reply.status.slice(0, 3)), status);
    assert.equal(reply.body.includes("evil"), false);
  });
}

test("A request for another host gets no request for credentials", async (t) => {
  const address = serve(t, { allowed_hosts: ["app.test"], auth: "ada:se:cret" });
  const statusFor = async (Host: string) =>
    (await rawRequest(address, { target: "/a.txt", fields: { Host } })).status;
  assert.equal(await statusFor("evil.test"), "421 Misdirected Request");
  assert.equal(await statusFor("app.test"), "401 Unauthorized");
});

test("A preflight allows QUERY if the handler has it", async (t) => {
  class Asking extends handlerWith({ cors: "*" }) {
    do_QUERY() {
      this.send_error(404);
    }
  }
  const directory = temporaryTree(t, { "a.txt": "" });
  const fields = { "Access-Control-Request-Method": "QUERY" };
  const reply = await rawRequest(serveFiles(t, { directory }, Asking), {
    target: "/a.txt",
    method: "OPTIONS",
    fields,
  });
  assert.equal(fieldOf(reply, "Access-Control-Allow-Methods"), "GET, HEAD, QUERY");
});
