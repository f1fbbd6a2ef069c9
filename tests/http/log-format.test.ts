import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { get, request as makeRequest } from "node:http";
import { text } from "node:stream/consumers";
import { type TestContext, test } from "node:test";
import { PYSERVE } from "../support/published.js";

/** A server in a separate process, for tests of its log. */
async function start(
  t: TestContext,
  settings: string,
  program = "",
): Promise<{ child: ChildProcess; port: number }> {
  const source = `
    import { run, SimpleHTTPRequestHandler } from ${JSON.stringify(PYSERVE)};
    SimpleHTTPRequestHandler.index_pages = [];
    Object.assign(SimpleHTTPRequestHandler, ${settings});
    ${program}
    await run({ HandlerClass: SimpleHTTPRequestHandler, port: 0, bind: "127.0.0.1", max_threads: 0 });`;
  const child = spawn(process.execPath, ["--input-type=module", "--eval", source], {
    cwd: import.meta.dirname,
    stdio: ["ignore", "pipe", "pipe"],
  });
  t.after(() => child.kill("SIGKILL"));
  const [printed] = (await once(child.stdout, "data")) as [Buffer];
  return { child, port: Number(/ port (\d+) /.exec(String(printed))?.[1]) };
}

/** Requests existing and missing files, and returns the log. */
async function logOf(t: TestContext, settings: string): Promise<string[]> {
  const { child, port } = await start(t, settings);
  const errors = text(child.stderr as NonNullable<typeof child.stderr>);
  for (const [method, path] of [
    ["GET", "/log-format.test.js.map?x"],
    ["GET", "/missing"],
    ["HEAD", "/"],
  ] as const) {
    const client = makeRequest({
      port,
      path,
      method,
      agent: false,
      headers: { Referer: "r", "User-Agent": "a" },
    });
    const [reply] = await once(client.end(), "response");
    reply.resume();
    await once(reply, "end");
  }
  child.kill("SIGTERM");
  return (await errors).split("\n").slice(0, -1);
}

const CLF = String.raw`^127\.0\.0\.1 - - \[\d\d/[A-Z][a-z]{2}/\d{4}:\d\d:\d\d:\d\d [+-]\d{4}\] `;

test("`log_format` common logs requests when they have ended, with their sizes", async (t) => {
  const lines = await logOf(t, '{ log_format: "common" }');
  const expected = [
    String.raw`"GET /log-format\.test\.js\.map\?x HTTP/1\.1" 200 [1-9]\d+$`,
    String.raw`"GET /missing HTTP/1\.1" 404 [1-9]\d+$`,
    String.raw`"HEAD / HTTP/1\.1" 200 -$`,
  ];
  assert.equal(lines.length, expected.length, lines.join("\n"));
  for (const [at, line] of expected.entries()) assert.match(lines[at] ?? "", new RegExp(CLF + line));
});

test("`log_format` combined adds the referer and the user agent", async (t) => {
  const lines = await logOf(t, '{ log_format: "combined" }');
  assert.equal(lines.length, 3);
  for (const line of lines) assert.match(line, /"(GET|HEAD) \S+ HTTP\/1\.1" \d{3} (\d+|-) "r" "a"$/);
});

test("`log_format` json writes objects", async (t) => {
  const lines = (await logOf(t, '{ log_format: "json" }')).map((line) => JSON.parse(line));
  assert.deepEqual(
    lines.map(({ method, path, status, complete, user_agent }) => [
      method,
      path,
      status,
      complete,
      user_agent,
    ]),
    [
      ["GET", "/log-format.test.js.map?x", 200, true, "a"],
      ["GET", "/missing", 404, true, "a"],
      ["HEAD", "/", 200, true, "a"],
    ],
  );
  for (const { bytes, duration_ms } of lines) assert.ok(bytes >= 0 && duration_ms > 0);
});

test("`log_format` none logs nothing", async (t) => {
  assert.deepEqual(await logOf(t, '{ log_format: "none" }'), []);
});

test("`log_format` json also writes messages as objects", async (t) => {
  const speak =
    'SimpleHTTPRequestHandler.prototype.do_GET = function () { this.log_message("a\\nb"); this.send_error(404); };';
  const { child, port } = await start(t, '{ log_format: "json" }', speak);
  const errors = text(child.stderr as NonNullable<typeof child.stderr>);
  const [reply] = await once(get({ port, agent: false }), "response");
  reply.resume();
  await once(reply, "end");
  child.kill("SIGTERM");
  const [message, request] = (await errors)
    .split("\n")
    .slice(0, -1)
    .map((line) => JSON.parse(line));
  assert.deepEqual([message.client, message.message, request.status], ["127.0.0.1", "a\nb", 404]);
});

test("`log_format` json logs a request for metrics that fails", async (t) => {
  const program = `
    import { TCPServer } from ${JSON.stringify(PYSERVE)};
    TCPServer.prototype.stats = async () => { throw new Error("on purpose"); };`;
  const { child, port } = await start(t, '{ log_format: "json", metrics_path: "/metrics" }', program);
  const errors = text(child.stderr as NonNullable<typeof child.stderr>);
  const [reply] = await once(get({ port, path: "/metrics", agent: false }), "response");
  reply.resume();
  await once(reply, "end");
  child.kill("SIGTERM");
  const entries = (await errors)
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
  assert.deepEqual(
    entries.filter(({ status }) => status !== undefined).map(({ path, status }) => [path, status]),
    [["/metrics", 500]],
  );
});

test("`log_format` json logs an error from a handler as one line with its request, and a request that is too large", async (t) => {
  const program = `
    SimpleHTTPRequestHandler.prototype.do_GET = function () { throw new TypeError("on\\npurpose"); };
    SimpleHTTPRequestHandler.prototype.do_POST = async function () { await null; throw { strange: 1 }; };`;
  const { child, port } = await start(t, '{ log_format: "json", max_content_length: 3 }', program);
  const errors = text(child.stderr as NonNullable<typeof child.stderr>);
  for (const [method, path, body] of [
    ["GET", "/a?b", ""],
    ["POST", "/c", "abc"],
    ["POST", "/d", "abcd"],
  ] as const) {
    const headers = { "User-Agent": "agent", "Content-Length": body.length };
    const [reply] = await once(
      makeRequest({ port, path, method, agent: false, headers }).end(body),
      "response",
    );
    reply.resume();
    await once(reply, "end");
  }
  child.kill("SIGTERM");
  const lines = (await errors).trimEnd().split("\n");
  const entries = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
  const thrown = entries.filter(({ message }) => message !== undefined);
  assert.deepEqual(
    thrown.map(({ client, method, path, message }) => ({ client, method, path, message })),
    [
      { client: "127.0.0.1", method: "GET", path: "/a?b", message: "TypeError: on\npurpose" },
      { client: "127.0.0.1", method: "POST", path: "/c", message: "{ strange: 1 }" },
    ],
  );
  assert.match(String(thrown[0]?.stack), /^TypeError: on\npurpose\n {4}at /);
  const tooLong = entries.find(({ status }) => status === 413);
  assert.deepEqual(
    [tooLong?.method, tooLong?.path, tooLong?.user_agent, tooLong?.request],
    ["POST", "/d", "agent", "POST /d HTTP/1.1"],
  );
});

for (const [who, trusted, id] of [
  ["a trusted proxy", '["loopback"]', "id-7"],
  ["anybody else", "null", undefined],
] as const) {
  test(`lines of json about requests, messages and errors have the trace, and the id of ${who}: ${id}`, async (t) => {
    const { child, port } = await start(
      t,
      '{ log_format: "json" }',
      `const { TCPServer } = await import(${JSON.stringify(PYSERVE)});
       TCPServer.trusted_proxies = ${trusted};
       SimpleHTTPRequestHandler.prototype.do_PUT = function () {
         this.log_message("on %s", "purpose");
         throw new Error("on purpose");
       };`,
    );
    const errors = text(child.stderr as NonNullable<typeof child.stderr>);
    const [trace_id, span_id] = ["4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"];
    const headers = { "X-Request-ID": "id-7", traceparent: `00-${trace_id}-${span_id}-01` };
    for (const method of ["GET", "PUT"]) {
      const client = makeRequest({ port, path: "/missing", method, agent: false, headers });
      const [reply] = await once(client.end(), "response");
      reply.resume();
      await once(reply, "end");
    }
    child.kill("SIGTERM");
    const lines = (await errors).split("\n").filter((line) => line.startsWith("{"));
    assert.equal(lines.length, 4);
    for (const line of lines) {
      const { request_id, ...others } = JSON.parse(line);
      assert.deepEqual([others.trace_id, others.span_id, request_id], [trace_id, span_id, id]);
    }
  });
}
