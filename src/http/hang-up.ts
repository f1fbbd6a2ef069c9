import { closeSync, constants, openSync, readFileSync } from "node:fs";
import { basename } from "node:path";

/** The bit of SIGHUP in a mask of signals. */
const SIGHUP_BIT = 1n;

/**
 * True if the process was started in a way that a hang-up does not end it, for example by `nohup`. Node does not keep
 * the list of ignored signals, so this function looks for traces. `nohup` is the last command that the shell has
 * started. `nohup` has opened standard input for writing. The parent ignores the signal, as a shell does below `nohup`
 * or after `trap '' HUP`.
 */
export function outlivesHangUp(): boolean {
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
export function hasTerminal(): boolean {
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
