import assert from "node:assert/strict";
import { once } from "node:events";
import * as http from "node:http";
import { describe, test } from "node:test";
import { type Reply, scriptedHandler, startServer } from "pyserve/testing";
import { rawRequest } from "../support/raw-http.js";
import { deferred, leavesNothingOpen, turns } from "../support/servers.js";

/** Scripted responses, and the status, fields and content that are sent. */
const REPLIES: readonly {
  name: string;
  reply: Reply;
  status: string;
  fields?: Record<string, string>;
  body?: string;
}[] = [
  {
    name: "an empty reply is 200 without content",
    reply: {},
    status: "200 OK",
    fields: { "Content-Length": "0" },
  },
  { name: "a reply has its status", reply: { status: 404 }, status: "404 Not Found" },
  { name: "a reply has its reason", reply: { status: 299, reason: "Nearly" }, status: "299 Nearly" },
  {
    name: "a reply has fields of an object",
    reply: { headers: { "X-A": "1", "X-B": 2 } },
    status: "200 OK",
    fields: { "X-A": "1", "X-B": "2" },
  },
  {
    name: "a reply has repeated fields of an array",
    reply: {
      headers: [
        ["X-A", "1"],
        ["X-A", "2"],
      ],
    },
    status: "200 OK",
    fields: { "X-A": "1" },
  },
  {
    name: "a reply has text as UTF-8",
    reply: { body: "ä" },
    status: "200 OK",
    fields: { "Content-Length": "2" },
    body: "ä",
  },
  { name: "a reply has bytes", reply: { body: new Uint8Array([104, 105]) }, status: "200 OK", body: "hi" },
  {
    name: "a reply says its own length",
    reply: { body: "hi", headers: { "content-length": 2 } },
    status: "200 OK",
    body: "hi",
  },
  { name: "204 has no length", reply: { status: 204 }, status: "204 No Content", body: "" },
  {
    name: "cutAfter ends the content early",
    reply: { body: "abcdef", fault: { cutAfter: 3 } },
    status: "200 OK",
    fields: { "Content-Length": "6" },
    body: "abc",
  },
  {
    name: "cutAfter: 0 sends the head alone",
    reply: { body: "abcdef", fault: { cutAfter: 0 } },
    status: "200 OK",
    body: "",
  },
  { name: "a delay of 0 is none", reply: { delay: 0, body: "now" }, status: "200 OK", body: "now" },
];

describe("scriptedHandler", () => {
  for (const { name, reply, status, fields = {}, body } of REPLIES) {
    test(name, async () => {
      await using server = await startServer(scriptedHandler(reply));
      const raw = await rawRequest(server.address, { target: "/" });
      assert.equal(raw.status, status);
      for (const [field, value] of Object.entries(fields))
        assert.ok(
          raw.fields.some(([name, found]) => name === field && found === value),
          field,
        );
      if (body !== undefined) assert.equal(String(raw.body), body);
    });
  }

  test("returns the replies in order, then the last one again and again", async () => {
    await using server = await startServer(
      scriptedHandler({ status: 503 }, { status: 502 }, { body: "at last" }),
    );
    const statuses: number[] = [];
    for (let count = 0; count < 4; count++) statuses.push((await fetch(server.url)).status);
    assert.deepEqual(statuses, [503, 502, 200, 200]);
  });

  test("answers any method, and HEAD without content", async () => {
    await using server = await startServer(scriptedHandler({ body: "content" }));
    for (const method of ["GET", "POST", "DELETE", "PROPFIND"])
      assert.equal(await (await fetch(server.url, { method })).text(), "content", method);
    const head = await fetch(server.url, { method: "HEAD" });
    assert.equal(head.headers.get("Content-Length"), "7");
    assert.equal(await head.text(), "");
    assert.deepEqual(
      server.requests.map(({ method }) => method),
      ["GET", "POST", "DELETE", "PROPFIND", "HEAD"],
    );
  });

  test("calls a function with the request and its content", async () => {
    await using server = await startServer(
      scriptedHandler(async ({ method, path, headers, body }) => ({
        body: [method, path, headers.get("X-Word"), body].join(" "),
      })),
    );
    const response = await fetch(`${server.url}/x`, {
      method: "PUT",
      body: "content",
      headers: { "X-Word": "w" },
    });
    assert.equal(await response.text(), "PUT /x w content");
    assert.equal(String(server.requests[0]?.body), "content");
  });

  test("waits until the test lets it continue", async () => {
    const gate = deferred();
    await using server = await startServer(scriptedHandler({ delay: gate.promise, body: "now" }));
    let hasCome = false;
    const asked = fetch(server.url).then((response) => {
      hasCome = true;
      return response.text();
    });
    while (server.requests.length === 0) await turns(1);
    await turns();
    assert.equal(hasCome, false);
    gate.resolve();
    assert.equal(await asked, "now");
  });

  test("throws what a delay rejects with", async () => {
    const gate = deferred();
    const server = await startServer(scriptedHandler({ delay: gate.promise }));
    const asked = fetch(server.url);
    while (server.requests.length === 0) await turns(1);
    gate.reject(new Error("the gate is broken"));
    assert.equal((await asked).status, 500);
    await assert.rejects(server.close(), { message: "the gate is broken" });
  });

  test("resets the connection", async () => {
    await using server = await startServer(scriptedHandler({ fault: "reset" }));
    const [error] = await once(http.get(server.url), "error");
    assert.equal(error.code, "ECONNRESET");
  });

  for (const [name, reply] of Object.entries<Reply>({
    "a reply that never comes": { fault: "silence" },
    "a long delay": { delay: 1_000_000 },
    "a gate that stays shut": { delay: new Promise(() => {}) },
  })) {
    test(`${name} keeps no server from closing`, async () => {
      await leavesNothingOpen(async () => {
        const server = await startServer(scriptedHandler(reply));
        const asked = assert.rejects(fetch(server.url));
        while (server.requests.length === 0) await turns(1);
        await server.close();
        await asked;
      });
    });
  }

  test("silence ends with its client", async () => {
    await using server = await startServer(scriptedHandler({ fault: "silence" }));
    const request = http.get(server.url);
    request.on("error", () => {});
    while (server.requests.length === 0) await turns(1);
    request.destroy();
    assert.equal((await server.served()).method, "GET");
  });

  test("needs a reply", () => {
    assert.throws(() => scriptedHandler(), {
      name: "TypeError",
      message: "scriptedHandler needs at least one response.",
    });
  });
});
