import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { has } from "../support/tls.js";
import { pageAt } from "./pages.js";

const skip = !has("systemd-analyze") && "this machine has no systemd-analyze";

/** The highest exposure that `systemd-analyze security` may find, of 100. systemd calls up to 19 "OK". */
const MOST_EXPOSURE = "19";

test("The unit of the page about systemd is valid", { skip }, (t) => {
  const { stderr, status } = analyze(t, "verify");
  assert.deepEqual({ stderr, status }, { stderr: "", status: 0 });
});

test("The unit of the page about systemd has little exposure", { skip }, (t) => {
  const { status, stdout } = analyze(t, "security", "--offline=true", `--threshold=${MOST_EXPOSURE}`);
  assert.equal(status, 0, stdout);
});

function analyze(t: TestContext, ...args: string[]) {
  const folder = mkdtempSync(join(tmpdir(), "unit-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const unit = join(folder, "files.service");
  const block = pageAt("docs/how-to/systemd-service.md").blocks.find(({ text }) =>
    text.includes("[Service]"),
  );
  // `verify` needs an existing program.
  writeFileSync(unit, (block?.text ?? "").replace("/usr/bin/pyserve", process.execPath));
  return spawnSync("systemd-analyze", [...args, unit], { encoding: "utf8" });
}
