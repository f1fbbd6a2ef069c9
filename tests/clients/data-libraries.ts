/** Libraries that read data by ranges, each with a small file of its format, as a page of another origin would use them. */

import assert from "node:assert/strict";
import test, { type TestContext } from "node:test";
import { handlerWith, serveFiles } from "../support/file-server.js";
import { directoryWith, formats } from "./formats.js";

const ORIGIN = "https://page.test";
/** Fields that a script may always read (the Fetch standard's safelist of response headers). */
const SAFELISTED = new Set([
  "cache-control",
  "content-language",
  "content-length",
  "content-type",
  "expires",
  "last-modified",
  "pragma",
]);
/** A range that needs no preflight. Ranges that count from the end need one. */
const SIMPLE_RANGE = /^bytes=\d+-\d*$/;

const names = (value: string | null) => (value ?? "").toLowerCase().split(/\s*,\s*/);
const isAllowed = (origin: string | null) => origin === "*" || origin === ORIGIN;

/**
 * Replaces `fetch` with a version that obeys a browser's rules for other origins. Returns the statuses of its
 * responses.
 */
function fetchFromAnotherOrigin(t: TestContext): number[] {
  const { fetch } = globalThis;
  const statuses: number[] = [];
  t.mock.method(globalThis, "fetch", async (input: string | URL | Request, init?: RequestInit) => {
    const request = new Request(input, init);
    const range = request.headers.get("range");
    const needed = [...request.headers.keys()].filter(
      (name) => !["accept", "range"].includes(name) || (name === "range" && !SIMPLE_RANGE.test(range ?? "")),
    );
    if (needed.length > 0) {
      const preflight = await fetch(request.url, {
        method: "OPTIONS",
        headers: {
          origin: ORIGIN,
          "access-control-request-method": request.method,
          "access-control-request-headers": needed.join(","),
        },
      });
      assert.ok(preflight.ok && isAllowed(preflight.headers.get("access-control-allow-origin")));
      const allowed = names(preflight.headers.get("access-control-allow-headers"));
      for (const name of needed) assert.ok(allowed.includes(name) || allowed.includes("*"), name);
    }
    request.headers.set("origin", ORIGIN);
    const response = await fetch(request);
    statuses.push(response.status);
    assert.ok(isAllowed(response.headers.get("access-control-allow-origin")), "the origin may read");
    const exposed = names(response.headers.get("access-control-expose-headers"));
    const readable = [...response.headers].filter(([name]) => SAFELISTED.has(name) || exposed.includes(name));
    const { status, statusText, url } = response;
    const seen = new Response(response.body, { status, statusText, headers: readable });
    return Object.defineProperty(seen, "url", { value: url });
  });
  return statuses;
}

for (const format of formats) {
  const { library, name, ranges, read, expected } = format;
  test(`${library}: reads ${name}${ranges ? " by ranges" : ""}, from another origin`, {
    timeout: 60_000,
  }, async (t) => {
    const directory = await directoryWith(t, format);
    const Handler = handlerWith({ cors: ORIGIN });
    const [host, port] = serveFiles(t, { directory }, Handler);
    const statuses = fetchFromAnotherOrigin(t);
    assert.deepEqual(await read(`http://${host}:${port}/${name}`), expected);
    assert.equal(statuses.includes(206), ranges, `statuses: ${statuses}`);
  });
}
