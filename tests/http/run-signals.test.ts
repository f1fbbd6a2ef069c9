import assert from "node:assert/strict";
import { getEventListeners } from "node:events";
import { test } from "node:test";
import { listenForStop } from "#src/http/run-signals.js";

for (const how of ["disposal", "abort"] as const) {
  test(`after its ${how}, \`listenForStop\` listens to nothing, so that Node frees its signal`, () => {
    const before = process.listenerCount("SIGTERM");
    const outer = new AbortController();
    const stop = listenForStop(outer.signal);
    assert.equal(process.listenerCount("SIGTERM"), before + 1);
    if (how === "disposal") stop[Symbol.dispose]();
    else outer.abort();
    assert.equal(stop.signal.aborted, how === "abort");
    assert.equal(process.listenerCount("SIGTERM"), before);
    assert.deepEqual(getEventListeners(stop.signal, "abort"), []);
  });
}
