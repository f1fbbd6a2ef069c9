import assert from "node:assert/strict";
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { constants, tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { type TestContext, test } from "node:test";
import { selfSignedCertificate } from "#src/tls/self-signed-certificate.js";
import { ask, LOCAL, MAIN } from "../support/command.js";

const directory = mkdtempSync(join(tmpdir(), "pyserve-hang-up-"));
process.on("exit", () => rmSync(directory, { recursive: true }));
writeFileSync(join(directory, "hello.txt"), "hello\n");
const { cert, key } = await selfSignedCertificate(["localhost"]);
writeFileSync(join(directory, "both.pem"), cert + key);

/** Starts a shell. Its script starts the command as `"$@"` and prints its process number. */
function startShell(t: TestContext, script: string, argv: readonly string[]): ChildProcess {
  const child = spawn("bash", ["-c", script, "bash", process.execPath, MAIN, ...argv], {
    cwd: directory,
    stdio: ["ignore", "pipe", "pipe"],
  });
  t.after(() => child.kill("SIGKILL"));
  return child;
}

/** Waits until the command listens, and reads its output. */
async function banner(child: ChildProcess): Promise<{ port: number; pid: number }> {
  let printed = "";
  while (!printed.includes("Serving")) printed += String((await once(child.stdout as never, "data"))[0]);
  return { port: Number(/ port (\d+) /.exec(printed)?.[1]), pid: Number(/^pid (\d+)$/m.exec(printed)?.[1]) };
}

const shells = {
  "started by nohup": 'nohup "$@" & echo "pid $!"; wait',
  "started by a shell that ignores hang-ups": `trap '' HUP; "$@" & echo "pid $!"; wait`,
};
for (const [how, script] of Object.entries(shells)) {
  const skip = process.platform !== "linux" && !how.includes("nohup");
  test(`\`pyserve\` goes on after SIGHUP if it was ${how}`, { skip }, async (t) => {
    const { port, pid } = await banner(startShell(t, script, ["-q", ...LOCAL]));
    t.after(() => process.kill(pid, "SIGKILL"));
    process.kill(pid, "SIGHUP");
    for (let time = 0; time < 3; time++) assert.equal((await ask(port, "/hello.txt")).body, "hello\n");
  });
}

test("SIGHUP ends `pyserve` unless it was started with hang-ups ignored", async (t) => {
  const child = startShell(t, 'echo "pid $$"; exec "$@"', ["-q", ...LOCAL]);
  const { pid } = await banner(child);
  process.kill(pid, "SIGHUP");
  const [, signal] = await once(child, "exit");
  assert.equal(signal, "SIGHUP");
});

/**
 * Runs the command on its own terminal: sends it SIGHUP, waits for its output, closes the terminal, and prints how it
 * ended.
 */
const TERMINAL = `
import os, pty, signal, sys
pid, terminal = pty.fork()
if pid == 0:
    os.execv(sys.argv[1], sys.argv[1:])
def read_until(end):
    text = b""
    while end not in text:
        text += os.read(terminal, 4096)
read_until(b"Serving")
os.kill(pid, signal.SIGHUP)
read_until(b"was read again")
os.close(terminal)
print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
`;

const python = spawnSync("python3", ["--version"]).status === 0;
test("`pyserve --tls-cert` reads its certificate again on SIGHUP, and ends when its terminal is closed", {
  skip: !python,
}, async (t) => {
  const argv = ["-c", TERMINAL, process.execPath, MAIN, "--tls-cert", "both.pem", "--threads", "0", ...LOCAL];
  const child = spawn("python3", argv, { cwd: directory, stdio: ["ignore", "pipe", "inherit"] });
  t.after(() => child.kill("SIGKILL"));
  assert.equal(await text(child.stdout), `${-constants.signals.SIGHUP}\n`);
});
