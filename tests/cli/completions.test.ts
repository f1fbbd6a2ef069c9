import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { after, before, describe, type TestContext, test } from "node:test";
import { completionsFor, type Shell } from "#src/cli/completions.js";
import { shownName } from "#src/cli/option.js";
import { OPTIONS } from "#src/cli/options.js";

let directory: string;
before(() => {
  directory = mkdtempSync(join(tmpdir(), "pyserve-completions-"));
  mkdirSync(join(directory, "sub folder"));
  writeFileSync(join(directory, "sub file"), "");
});
after(() => rmSync(directory, { recursive: true }));

/** Runs a script in a shell; returns `null` if the shell is not installed. */
async function runShell(
  t: TestContext,
  shell: Shell,
  argv: string[],
  script: string,
): Promise<string | null> {
  // Not as standard input, because fish reads it only from terminals and files.
  const file = join(directory, `script.${shell}`);
  writeFileSync(file, script);
  const child = spawn(shell, [...argv, file], { cwd: directory, stdio: ["ignore", "pipe", "pipe"] });
  const missing = await Promise.race([
    once(child, "error").then(() => true),
    once(child, "spawn").then(() => false),
  ]);
  if (missing) {
    t.diagnostic(`there is no ${shell}`);
    return null;
  }
  const [output, errors] = await Promise.all([text(child.stdout), text(child.stderr)]);
  assert.equal(errors, "");
  return output;
}

/** Returns the completions that bash offers for the last of these words. */
const complete = (words: string[]) => `
${completionsFor("bash")}
complete -p pyserve >/dev/null || echo "not registered"
COMP_WORDS=(${words.map((word) => `'${word}'`).join(" ")})
COMP_CWORD=$((\${#COMP_WORDS[@]} - 1))
_pyserve
[ \${#COMPREPLY[@]} = 0 ] || printf '%s\\n' "\${COMPREPLY[@]}"
`;

describe("bash", () => {
  const rows = [
    { words: ["--log-f"], offered: ["--log-format"] },
    { words: ["--no-l"], offered: ["--no-listing"] },
    { words: ["--help"], offered: ["--help", "--help-all"] },
    { words: ["--log-format", ""], offered: ["python", "common", "combined", "json"] },
    { words: ["--log-format", "c"], offered: ["common", "combined"] },
    { words: ["--log-format", "=", "j"], offered: ["json"] },
    { words: ["--log-format", "="], offered: ["python", "common", "combined", "json"] },
    { words: ["-p", "H"], offered: ["HTTP/1.0", "HTTP/1.1"] },
    { words: ["-d", "sub"], offered: ["sub folder"] },
    { words: ["--tls-cert", "sub"], offered: ["sub file", "sub folder"] },
    { words: ["--auth", "sub"], offered: [] },
    { words: ["80"], offered: [] },
    { words: ["--completions", ""], offered: ["bash", "zsh", "fish"] },
  ];
  for (const { words, offered } of rows) {
    test(`bash completes \`pyserve ${words.join(" ")}\``, async (t) => {
      const output = await runShell(t, "bash", ["--norc"], complete(["pyserve", ...words]));
      if (output !== null) assert.deepEqual(output.split("\n").slice(0, -1).sort(), [...offered].sort());
    });
  }

  test("bash completes all options", async (t) => {
    const output = await runShell(t, "bash", ["--norc"], complete(["pyserve", "--"]));
    const all = OPTIONS.filter((option) => !("positional" in option));
    const names = all.map((option) => `--${shownName(option)}`);
    if (output !== null) assert.deepEqual(output.trim().split("\n").sort(), names.sort());
  });
});

for (const shell of ["bash", "zsh", "fish"] as const) {
  test(`the completions for ${shell} are good ${shell}, and have every option`, async (t) => {
    const script = completionsFor(shell);
    await runShell(t, shell, ["-n"], script);
    for (const option of OPTIONS) {
      const name = shell === "fish" ? `-l ${shownName(option)}` : `--${shownName(option)}`;
      if (!("positional" in option)) assert.ok(script.includes(name), name);
    }
  });
}

test("zsh understands the completions", async (t) => {
  // The results of `_arguments` show only in a terminal. This test checks that zsh accepts them.
  const script = `autoload -Uz compinit && compinit -D -u
${completionsFor("zsh")}
print -r -- $_comps[pyserve]
_arguments() { print -rl -- "$@"; }
_pyserve`;
  const output = await runShell(t, "zsh", ["-f"], script);
  if (output === null) return;
  const [registered, , ...specs] = output.trim().split("\n");
  assert.equal(registered, "_pyserve");
  assert.ok(specs.includes("-b[listen on this address (default\\: all interfaces)]:ADDRESS: "), output);
  assert.ok(
    specs.includes("*--header[add this header to files and listings; repeatable]:NAME: :VALUE: "),
    output,
  );
});

test("fish offers the completions", async (t) => {
  const script = `${completionsFor("fish")}\ncomplete -C "pyserve --log-format c"\ncomplete -C "pyserve --no-l"`;
  const output = await runShell(t, "fish", ["--no-config"], script);
  if (output !== null) {
    const offered = output
      .trim()
      .split("\n")
      .map((line) => line.split("\t")[0]);
    assert.deepEqual(offered.sort(), ["--no-listing", "combined", "common"]);
  }
});
