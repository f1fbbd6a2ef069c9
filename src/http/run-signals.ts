import { reloadCertificate } from "./certificate-watch.js";
import { hasTerminal, outlivesHangUp } from "./hang-up.js";
import type { HTTPSServer } from "./https-server.js";

/** Turns signals of the process, and one from the caller, into one signal, until it is disposed of. */
export function listenForStop(outer: AbortSignal | undefined): Disposable & { readonly signal: AbortSignal } {
  const controller = new AbortController();
  const stop = () => {
    // Not longer: a user who can't wait for requests in progress sends a second signal, and Node ends as it does by
    // itself.
    release();
    controller.abort();
  };
  const interrupt = () => {
    // Before the message: a user who reads it may send the second signal.
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
 * Answers SIGHUP. A service has its certificates read again, as in nginx and Apache; the closing of the terminal ends the process, as
 * it does without certificates; below `nohup` neither ends it.
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
    // By the signal itself: nobody reads the output, and older versions of Node crash when they restore the terminal at exit.
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
