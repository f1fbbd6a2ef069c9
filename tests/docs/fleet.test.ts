import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { join } from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";
import { supportsAcceptInThreads, supportsThreads } from "pyserve";
import { without } from "../support/programs.js";
import { ROOT } from "./markdown.js";

/** A row of `bench/fleet.mjs`. */
interface Row {
  readonly event: string;
  readonly requests: number;
  readonly failed: readonly string[];
  readonly excused: number;
  readonly drained: readonly number[];
}

const WAYS = {
  tasks: true,
  "hand-off": supportsThreads(),
  accept: supportsAcceptInThreads(),
};

for (const [way, isSupported] of Object.entries(WAYS)) {
  const skip = without("haproxy") || without("openssl") || (!isSupported && "this Node has no such threads");
  test(`three instances behind HAProxy lose only what a killed one was serving, with ${way}`, {
    skip,
  }, async () => {
    const fleet = join(ROOT, "bench", "fleet.mjs");
    // With pauses, which leave the processor to starting instances.
    const load = ["--requests", "100", "--clients", "8", "--pause", "30", "--stall", "700"];
    const args = [fleet, way, "--json", ...load];
    const { stdout } = await promisify(execFile)(process.execPath, args);
    const rows = JSON.parse(stdout) as Row[];
    assert.equal(rows.length, 6);
    for (const { event, requests, failed, excused, drained } of rows) {
      assert.ok(requests >= 100, event);
      assert.equal(failed.length, excused, `${event}: ${failed.join("; ")}`);
      assert.ok(excused <= 8);
      // The limit is drain_delay and drain_timeout.
      assert.ok(Math.max(0, ...drained) < 30, event);
    }
  });
}
