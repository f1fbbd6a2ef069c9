import { closeSync, constants, openSync, readFileSync } from "node:fs";
import { basename } from "node:path";
import { reloadCertificate } from "./certificate-watch.js";
import type { HTTPSServer } from "./https-server.js";

/** Returns an `AbortSignal` that is aborted by SIGINT, by SIGTERM, or by the caller's own signal. Disposing of the result
 * ends this. */
export function listenForStop(outer: AbortSignal | undefined): Disposable & { readonly signal: AbortSignal } {
  const controller = new AbortController();
  const signal = AbortSignal.any([controller.signal, ...(outer === undefined ? [] : [outer])]);
  const stop = () => controller.abort();
  const interrupt = () => {
    // Released before the message is printed, because a user who reads it may send the second signal.
    release();
    process.stdout.write("\nKeyboard interrupt received, exiting.\n");
    controller.abort();
  };
  const release = () => {
    process.off("SIGINT", interrupt);
    process.off("SIGTERM", stop);
    // Node never frees a signal of several others while somebody listens to it.
    signal.removeEventListener("abort", release);
  };
  process.on("SIGINT", interrupt);
  process.on("SIGTERM", stop);
  // Only the first signal is handled. A second one ends Node as usual, for a user who can't wait for requests in
  // progress.
  if (signal.aborted) release();
  else signal.addEventListener("abort", release);
  return { signal, [Symbol.dispose]: release };
}

/**
 * Handles SIGHUP. A service loads its certificates again, as nginx and Apache do. If the terminal was closed, the
 * process ends, as it does without certificates. Under `nohup`, SIGHUP never ends it.
 */
export function listenForHangUp(secure: readonly HTTPSServer[]): Disposable {
  const outlives = outlivesHangUp();
  if (secure.length === 0 && !outlives) return { [Symbol.dispose]() {} };
  const hadTerminal = hasTerminal();
  const release = () => void process.off("SIGHUP", hangUp);
  const hangUp = () => {
    if (!hadTerminal || outlives || hasTerminal()) {
      for (const httpd of secure) reloadCertificate(httpd, tell);
      return;
    }
    // Ends by the signal itself, not by an exit: nobody reads the output, and older versions of Node crash when they
    // restore the terminal at exit.
    release();
    process.kill(process.pid, "SIGHUP");
  };
  process.on("SIGHUP", hangUp);
  return { [Symbol.dispose]: release };
}

/** Prints a line on standard error. */
export function tell(message: string): void {
  process.stderr.write(`${message}\n`);
}

/** The bit of SIGHUP in a mask of signals. */
const SIGHUP_BIT = 1n;

/**
 * True if a hang-up does not end the process, for example because `nohup` started it. Node does not keep the list of
 * ignored signals, so this function looks for one of these traces: `nohup` is the last command of the shell; standard
 * input is open for writing, as `nohup` opens it; or the parent ignores the signal, as a shell does under `nohup` or
 * after `trap '' HUP`.
 */
function outlivesHangUp(): boolean {
  if (basename(process.env._ ?? "") === "nohup") return true;
  const flags = /^flags:\s*([0-7]+)$/m.exec(read("/proc/self/fdinfo/0"))?.[1] ?? "0";
  if ((Number.parseInt(flags, 8) & 3) === constants.O_WRONLY) return true;
  const ignored = /^SigIgn:\s*([0-9a-f]+)$/m.exec(read(`/proc/${process.ppid}/status`))?.[1] ?? "0";
  return (BigInt(`0x${ignored}`) & SIGHUP_BIT) !== 0n;
}

/**
 * True while the process has a controlling terminal. A service has none, and neither has a process whose terminal was
 * closed.
 */
function hasTerminal(): boolean {
  try {
    closeSync(openSync("/dev/tty", constants.O_RDONLY | constants.O_NOCTTY));
    return true;
  } catch {
    return false;
  }
}

/** Returns a file of `/proc`; `""` if there is none. */
function read(path: string): string {
  try {
    return readFileSync(path, "latin1");
  } catch {
    return "";
  }
}
