import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { ThreadingHTTPServer } from "pyserve/http/server";
import { byteByByte, Fixture, type RawClient, type Reply, TestHandler } from "../support/http.js";
import type { ConformanceRow, Way } from "./row.js";
import { CONFORMANCE } from "./table.js";

/** Answers with its request. */
class Show extends TestHandler {
  static override max_content_length = 1000;

  do_GET(): void | Promise<void> {
    const { path } = this;
    if (path === "/throws") throw new Error("A handler that fails.");
    if (path === "/late") return this.#late();
    if (/^\/[0-9]{3}$/.test(path)) return this.#withStatus(Number(path.slice(1)));
    this.send_response(200);
    const echo = this.headers.get_all("X-Echo");
    if (echo !== null) this.send_header("X-Echo", echo.join(", "));
    if (path === "/close") this.send_header("Connection", "close");
    this.end_headers();
    this.wfile.write(this.#text());
  }

  do_HEAD() {
    return this.do_GET();
  }

  do_OPTIONS() {
    return this.do_GET();
  }

  async do_POST() {
    this.respondLatin1(`[${(await this.rfile.read()).toString("latin1")}]`);
  }

  do_PUT() {
    if (this.path === "/error") this.send_error(404);
    else this.do_GET();
  }

  helper() {
    this.respond("a helper was reached from the network");
  }

  do_helper() {
    this.helper();
  }

  #text(): string {
    return `${this.command} ${this.path} ${this.headers.get("Host", "")}`;
  }

  async #late(): Promise<void> {
    this.send_response(200);
    this.end_headers();
    await new Promise((resolve) => setImmediate(resolve));
    this.wfile.write(this.#text());
    await new Promise((resolve) => setImmediate(resolve));
  }

  #withStatus(status: number): void {
    this.send_response(status);
    this.end_headers();
    this.wfile.write("no content");
  }

  respondLatin1(text: string): void {
    this.send_response(200);
    this.send_header("Content-Length", text.length);
    this.end_headers();
    this.wfile.write(Buffer.from(text, "latin1"));
  }
}

const BEHIND = "GET /behind HTTP/1.1\r\nHost: h\r\n\r\n";

const ways: Readonly<Record<Way, (client: RawClient, bytes: string) => Promise<unknown>>> = {
  whole: async (client, bytes) => client.send(bytes),
  "byte by byte": (client, bytes) => client.sendPieces(byteByByte(bytes)),
  "behind a good request": async (client, bytes) => client.send(`${BEHIND}${bytes}`),
  "before another request": async (client, bytes) => client.send(`${bytes}${BEHIND}`),
  "before the end of the input": async (client, bytes) => client.end(bytes),
};

describe("Conformance", () => {
  let fixture: Fixture;
  before(() => {
    fixture = new Fixture(Show, ThreadingHTTPServer, undefined);
  });
  after(() => fixture.close());

  for (const row of Object.values(CONFORMANCE).flat()) {
    test(`RFC ${row.section}: ${row.name} is answered with ${row.statuses.join(", ")}`, async () => {
      for (const sent of row.sent) {
        for (const way of row.ways) await check(fixture, row, sent, way);
      }
      fixture.takeErrors();
    });
  }
});

async function check(fixture: Fixture, row: ConformanceRow, sent: string, way: Way): Promise<void> {
  const client = await fixture.connect();
  const sending = ways[way](client, sent);
  const shown = `${way}: ${JSON.stringify(sent.slice(0, 200))}`;
  if (way === "behind a good request") assert.equal((await client.reply()).content, "GET /behind h", shown);
  for (const [at, status] of row.statuses.entries()) {
    const reply = await client.reply(/^HEAD /m.test(sent) ? "HEAD" : "GET");
    const shownReply = `${shown}: ${JSON.stringify(reply)}`;
    assert.equal(reply.status, status, shownReply);
    checkReply(reply, shownReply);
    if (at === row.statuses.length - 1) checkLast(reply, row, way, shownReply);
  }
  if (row.open && way !== "before the end of the input") {
    // A response may arrive before the whole request was sent.
    await sending;
    await assertGoesOn(client, way, shown);
  } else {
    await client.assertEnd();
    await sending;
  }
}

/** Checks the parts that every response has. */
function checkReply({ version, status, fields, framing, isCut }: Reply, shown: string): void {
  assert.equal(version, "HTTP/1.1", shown);
  assert.equal(isCut, false, shown);
  if (status < 200) return;
  assert.match(fields.date ?? "", /^\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT$/, shown);
  if (status < 400) return;
  assert.match(fields["content-type"] ?? "", /^text\/html/, shown);
  assert.ok(framing === "none" || framing === "length", shown);
}

function checkLast(reply: Reply, row: ConformanceRow, way: Way, shown: string): void {
  if (row.content !== undefined) assert.equal(reply.content, row.content, shown);
  for (const [name, value] of Object.entries(row.fields ?? {})) {
    if (value !== "*") assert.equal(reply.fields[name] ?? null, value, shown);
  }
  // The response must announce the end of the connection exactly if the connection ends.
  if (!row.open) assert.equal(reply.fields.connection, "close", shown);
  else if (way !== "before the end of the input") assert.notEqual(reply.fields.connection, "close", shown);
}

async function assertGoesOn(client: RawClient, way: Way, shown: string): Promise<void> {
  if (way !== "before another request") client.send(BEHIND);
  assert.equal((await client.reply()).content, "GET /behind h", shown);
  client.socket.destroy();
}
