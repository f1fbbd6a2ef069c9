import { defaultThreads, type RunOptions, run } from "../http/run.js";
import { SimpleHTTPRequestHandler } from "../http/simple-http-request-handler.js";
import { loadHandler } from "./handler-module.js";
import { explainListenError } from "./listen.js";
import { UsageError } from "./option.js";
import { classAttributes, completeSettings, type GivenSettings, type Settings } from "./options.js";
import { findCredentials, findDirectory, missingKey, missingRights, readPassword } from "./startup-checks.js";

/** Ports that are tried if the user gave none. */
const PORT_ATTEMPTS = 20;

/**
 * Serves until a signal interrupts it. It checks all settings before it listens.
 *
 * @param given - the given settings
 * @returns the problem, or `null` after a normal end
 */
export async function serve(given: GivenSettings): Promise<UsageError | null> {
  const settings = completeSettings(given);
  const directory = findDirectory(settings.directory);
  if (directory instanceof UsageError) return directory;
  const auth = findCredentials(settings, process.env.PYSERVE_AUTH);
  if (auth instanceof UsageError) return auth;
  const security = tlsOptions(settings);
  if (security instanceof UsageError) return security;
  const max_threads = settings.threads ?? (settings.handler === null ? defaultThreads() : 0);
  const forbidden = missingRights(directory, max_threads > 0);
  if (forbidden !== null) return new UsageError(forbidden);
  const loaded = await handlerOf(settings);
  if (loaded instanceof UsageError) return loaded;

  const attributes = classAttributes(given, auth, loaded.HandlerClass);
  const { keep_alive_timeout } = settings;
  try {
    await run({
      ...loaded,
      handler_attributes: {
        ...(settings.handler === null && { keep_alive_timeout }),
        ...attributes.handler,
      },
      server_attributes: attributes.server,
      handler_args: { directory, extra_response_headers: settings.headers },
      max_threads,
      admin: settings.admin,
      ...placesOf(given, settings),
      ...security,
    });
    return null;
  } catch (error) {
    const explained =
      explainSetting(error) ?? explainListenError(error, settings.listen.length > 0 ? null : settings.port);
    if (explained === null) throw error;
    return new UsageError(explained);
  }
}

/** Returns the addresses to listen on, and the callback that runs when all are ready. */
function placesOf(given: GivenSettings, settings: Settings): RunOptions {
  const { listen, port, bind, base, open } = settings;
  const port_attempts = given.port === undefined ? PORT_ATTEMPTS : 1;
  return {
    ...(listen.length > 0 ? { listen } : { port, bind, port_attempts }),
    url_path: `${base ?? ""}/`,
    ...(open && { on_listening: openFirst }),
  };
}

const OPENERS: Readonly<Record<string, readonly string[]>> = {
  darwin: ["open"],
  win32: ["cmd", "/c", "start", ""],
};

/**
 * Opens the first URL in the user's browser, with the command of the environment variable `BROWSER` or of the platform.
 * Reports a failure in one line on standard error.
 */
async function openFirst([url]: readonly string[]): Promise<void> {
  const report = (reason: string) => process.stderr.write(`pyserve: cannot open a browser: ${reason}\n`);
  if (url === undefined) return void report("no address has a URL");
  // The browser may outlive the server, and must not get its password.
  const { PYSERVE_AUTH: _secret, BROWSER = "", ...environment } = process.env;
  const own = BROWSER.split(" ").filter((word) => word !== "");
  const [command = "xdg-open", ...args] = own.length > 0 ? own : (OPENERS[process.platform] ?? []);
  const env = { ...environment, BROWSER };
  const { spawn } = await import("node:child_process");
  const child = spawn(command, [...args, url], { detached: true, stdio: "ignore", env });
  child.on("error", ({ code, message }: NodeJS.ErrnoException) => {
    report(code === "ENOENT" ? `there is no command ${command}` : message);
  });
  child.unref();
}

type HandlerOptions = Required<Pick<RunOptions, "HandlerClass">> & RunOptions;

async function handlerOf({ handler }: Settings): Promise<HandlerOptions | UsageError> {
  if (handler === null) return { HandlerClass: SimpleHTTPRequestHandler };
  const loaded = await loadHandler(handler);
  if (loaded instanceof UsageError) return loaded;
  return { HandlerClass: loaded.Handler, handler_module: loaded.module };
}

function tlsOptions(settings: Settings): RunOptions | UsageError {
  const { tls, tls_cert, tls_key, tls_password_file, listen } = settings;
  if ((tls || tls_cert !== null) && listen.some((address) => "path" in address))
    return new UsageError("Unix sockets are served without TLS: remove --tls, or the unix: address");
  const tls_password = tls_password_file === null ? null : readPassword(tls_password_file);
  if (tls_password instanceof UsageError) return tls_password;
  const missing = tls_cert === null || tls_key !== null ? null : missingKey(tls_cert);
  if (missing !== null) return missing;
  return { tls_self_signed: tls, tls_cert, tls_key, tls_password };
}

/** Returns the message of an error about a certificate, threads or a value; `null` for any other error. */
function explainSetting(error: unknown): string | null {
  if (!(error instanceof Error)) return null;
  const { code } = error as NodeJS.ErrnoException;
  const isOurs = code?.startsWith("PYSERVE_") || (error instanceof RangeError && "listen_address" in error);
  return isOurs ? error.message : null;
}
