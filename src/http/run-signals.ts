import { reloadCertificate } from "./certificate-watch.js";
import { hasTerminal, outlivesHangUp } from "./hang-up.js";
import type { HTTPSServer } from "./https-server.js";

/** Combines signals of the process, and one from the caller, into one `AbortSignal`, until it is disposed of. */
export function listenForStop(outer: AbortSignal | undefined): Disposable & { readonly signal: AbortSignal } {
  const controller = new AbortController();
  const stop = () => {
    // Only the first signal is handled. If a user can't wait for requests in progress and sends a second one, it ends
    // Node as usual.
    release();
    controller.abort();
  };
  const interrupt = () => {
    // Released before the message is printed, because a user who reads it may send the second signal.
    release();
    process.stdout.write("\nKeyboard interrupt received, exiting.\n");
    controller.abort();
  };
  const release = () => {
    process.off("SIGINT", interrupt);
    process.off("SIGTERM", stop);
    outer?.removeEventListener("abort", stop);
  };
  process.on("SIGINT", interrupt);
  process.on("SIGTERM", stop);
  outer?.addEventListener("abort", stop);
  if (outer?.aborted) stop();
  return { signal: controller.signal, [Symbol.dispose]: release };
}

/**
 * Handles SIGHUP. A service loads its certificates again, as nginx and Apache do. If the terminal was closed, the
 * process ends, as it does without certificates. Below `nohup`, it never ends.
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
