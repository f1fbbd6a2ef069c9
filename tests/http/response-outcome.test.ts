import assert from "node:assert/strict";
import { test } from "node:test";
import type { ResponseOutcome } from "pyserve/http/server";
import { get, request, serveHttp, TestHandler } from "../support/http.js";
import { until } from "../support/servers.js";

type Act = (this: Outcomes) => void | Promise<void>;
type Expected = Omit<ResponseOutcome, "seconds">;

const outcomes: { request: string; outcome: Expected }[] = [];
let act: Act = () => {};

/** Records the outcomes of its responses. */
class Outcomes extends TestHandler {
  static override header_timeout: number | null = 0.05;

  do_GET() {
    return act.call(this);
  }

  do_HEAD() {
    return act.call(this);
  }

  protected override log_response({ seconds, ...outcome }: ResponseOutcome): void {
    assert.ok(seconds >= 0 && seconds < 60, String(seconds));
    outcomes.push({ request: this.requestline, outcome });
  }
}

const rows: {
  what: string;
  sent?: string;
  act?: Act;
  outcome: Omit<Expected, "size"> & { size?: number };
  fails?: true;
}[] = [
  {
    what: "with a length has that many bytes",
    act() {
      this.respond("hello");
    },
    outcome: { status: 200, size: 5, complete: true },
  },
  {
    what: "without a length has the bytes of its content",
    act() {
      this.send_response(201);
      this.end_headers();
      this.wfile.write("hé");
    },
    outcome: { status: 201, size: 3, complete: true },
  },
  {
    what: "in chunks has the bytes of its content, without the framing",
    async act() {
      this.send_response(200);
      this.end_headers();
      await this.wfile.write("x".repeat(100_000));
      await this.wfile.write("y".repeat(100_000));
    },
    outcome: { status: 200, size: 200_000, complete: true },
  },
  {
    what: "to HEAD has no bytes",
    sent: request("HEAD", "/"),
    act() {
      this.respond("hello");
    },
    outcome: { status: 200, size: 0, complete: true },
  },
  {
    what: "behind an interim one is the final one",
    act() {
      this.send_response_only(103);
      this.end_headers();
      this.respond("ok", 202);
    },
    outcome: { status: 202, size: 2, complete: true },
  },
  {
    what: "that is shorter than announced is not complete",
    act() {
      this.send_response(200);
      this.send_header("Content-Length", 10);
      this.end_headers();
      this.wfile.write("hello");
    },
    outcome: { status: 200, size: 5, complete: false },
  },
  {
    what: "that was never made is the 500 in its place",
    act() {},
    outcome: { status: 500, complete: true },
  },
  {
    what: "of a handler that fails before it is the 500 in its place",
    act() {
      throw new Error("on purpose");
    },
    outcome: { status: 500, complete: true },
    fails: true,
  },
  {
    what: "that was aborted before anything was sent has no status",
    act() {
      this.send_response(200);
      this.abort();
    },
    outcome: { status: null, size: 0, complete: false },
  },
  {
    what: "to what is no request is the refusal",
    sent: "GET / HTTP/1.1 nonsense\r\n\r\n",
    outcome: { status: 400, complete: true },
  },
  {
    what: "to half of a head is 408",
    sent: "GET / HTTP/1.1\r\nHo",
    outcome: { status: 408, complete: true },
  },
];

for (const row of rows) {
  test(`the outcome of a response ${row.what}`, async (t) => {
    act = row.act ?? (() => {});
    outcomes.length = 0;
    const fixture = serveHttp(t, Outcomes);
    const client = await fixture.send(row.sent ?? get("/", "Connection: close"));
    await until(() => outcomes.length > 0);
    client.end();
    await client.rest();
    const [{ outcome } = assert.fail()] = outcomes;
    // The size of an error page is not tested here.
    const { size = outcome.size } = row.outcome;
    assert.ok(size > 0 || row.outcome.size === 0);
    assert.deepEqual(outcome, { ...row.outcome, size });
    assert.equal(outcomes.length, 1);
    if (row.fails) assert.equal(fixture.takeErrors().length, 1);
  });
}

test("the outcomes of pipelined requests are reported in order, each before the next begins", async (t) => {
  outcomes.length = 0;
  act = function () {
    assert.equal(outcomes.length, Number(this.path.slice(1)));
    this.respond("x".repeat(outcomes.length));
  };
  const client = await serveHttp(t, Outcomes).send(get("/0") + get("/1") + get("/2"));
  for (const _ of [0, 1, 2]) await client.reply();
  assert.deepEqual(
    outcomes.map(({ request, outcome }) => [request, outcome.size]),
    [0, 1, 2].map((count) => [`GET /${count} HTTP/1.1`, count]),
  );
});

test("the outcome of a client that leaves is the part that it has received", async (t) => {
  outcomes.length = 0;
  act = async function () {
    this.send_response(200);
    this.end_headers();
    for (;;) await this.wfile.write(Buffer.alloc(65536));
  };
  const fixture = serveHttp(t, Outcomes);
  const client = await fixture.send(get("/"));
  await client.read(100_000);
  client.socket.destroy();
  await until(() => outcomes.length > 0);
  const [{ outcome } = assert.fail()] = outcomes;
  assert.deepEqual([outcome.status, outcome.complete, outcome.size > 65536], [200, false, true]);
});

test("a `log_response` that throws is called once, and its error goes to `handle_error`", async (t) => {
  let calls = 0;
  class Failing extends TestHandler {
    do_GET() {
      this.respond("ok");
    }

    protected override log_response() {
      calls += 1;
      throw new Error("on purpose");
    }
  }
  const fixture = serveHttp(t, Failing);
  const client = await fixture.send(get("/"));
  assert.equal((await client.reply()).content, "ok");
  await client.assertEnd();
  assert.equal(calls, 1);
  assert.match(String(fixture.takeErrors()), /on purpose/);
});
