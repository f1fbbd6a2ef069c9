import { HTTPSServer } from "./https-server.js";

/** Turns signals of the process, and one from the caller, into one signal, until it is disposed of. */
export function listenForStop(outer: AbortSignal | undefined): Disposable & { readonly signal: AbortSignal } {
  const controller = new AbortController();
  const stop = () => {
    // No longer: whoever can't wait for requests in flight sends a second signal, and Node ends as it does by itself.
    release();
    controller.abort();
  };
  const interrupt = () => {
    // Before it says so: whoever reads it may send the second.
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

/** Has SIGHUP read the certificates again, as nginx and Apache do. */
export function listenForReload(servers: readonly object[]): Disposable {
  const secure = servers.filter((httpd) => httpd instanceof HTTPSServer && httpd.certfile !== null);
  if (secure.length === 0) return { [Symbol.dispose]() {} };
  const reload = () => {
    for (const httpd of secure) loadAgain(httpd as HTTPSServer);
  };
  process.on("SIGHUP", reload);
  return { [Symbol.dispose]: () => void process.off("SIGHUP", reload) };
}

function loadAgain(httpd: HTTPSServer): void {
  try {
    httpd.load_cert_chain();
    process.stderr.write(`The certificate ${httpd.certfile} was read again.\n`);
  } catch (error) {
    process.stderr.write(`${(error as Error).message} The old one stays.\n`);
  }
}
