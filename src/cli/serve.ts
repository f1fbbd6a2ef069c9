import { defaultThreads, type RunOptions, run } from "../http/run.js";
import { SimpleHTTPRequestHandler } from "../http/simple-http-request-handler.js";
import { handlerAttributes } from "./handler-attributes.js";
import { type LoadedHandler, loadHandler } from "./handler-module.js";
import { explainListenError } from "./listen-problem.js";
import { openBrowser } from "./open-browser.js";
import { UsageError } from "./option.js";
import { completeSettings, type GivenSettings, type Settings } from "./options.js";
import { missingRights } from "./permissions.js";
import { findCredentials, findDirectory, missingKey, readPassword } from "./read-once.js";

/** Number of ports that are tried if the user gave none. */
const PORT_ATTEMPTS = 20;

/**
 * Serves until it is interrupted. It listens only after all settings were checked.
 *
 * @param given - the given settings
 * @returns the problem, or `null` after a normal end
 */
export async function serve(given: GivenSettings): Promise<UsageError | null> {
  const settings = completeSettings(given);
  if (settings.proxyProtocol && settings.trustedProxies.length === 0)
    return new UsageError("--proxy-protocol needs --trusted-proxy: the address of the proxy that speaks it");
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

  try {
    await run({
      ...loaded,
      handler_attributes: {
        ...(settings.handler === null && { keep_alive_timeout: settings.keepAliveTimeout }),
        ...handlerAttributes(given, auth, loaded.HandlerClass),
      },
      handler_args: { directory, extra_response_headers: settings.headers },
      max_threads,
      accept_in_threads: settings.acceptInThreads,
      ...(settings.trustedProxies.length > 0 && { trusted_proxies: settings.trustedProxies }),
      admin: settings.admin,
      server_attributes: { drain_delay: settings.drainDelay, drain_timeout: settings.drainTimeout },
      ...(settings.proxyProtocol && { proxy_protocol: true }),
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

/** Addresses to listen on, and the callback for then. */
function placesOf(given: GivenSettings, settings: Settings): RunOptions {
  const { listen, port, bind, strictPort, base, open } = settings;
  const mayMove = given.port === undefined && !strictPort;
  return {
    ...(listen.length > 0 ? { listen } : { port, bind, port_attempts: mayMove ? PORT_ATTEMPTS : 1 }),
    url_path: `${base ?? ""}/`,
    ...(open && { on_listening: openFirst }),
  };
}

function openFirst([url]: readonly string[]): void {
  if (url === undefined) process.stderr.write("pyserve: cannot open a browser: nothing has a URL\n");
  else openBrowser(url);
}

type HandlerOptions = Required<Pick<RunOptions, "HandlerClass">> & RunOptions;

async function handlerOf({ handler }: Settings): Promise<HandlerOptions | UsageError> {
  if (handler === null) return { HandlerClass: SimpleHTTPRequestHandler };
  const loaded: LoadedHandler | UsageError = await loadHandler(handler);
  if (loaded instanceof UsageError) return loaded;
  return { HandlerClass: loaded.Handler, handler_module: loaded.module };
}

function tlsOptions({ tls, tlsCert, tlsKey, tlsPasswordFile, listen }: Settings): RunOptions | UsageError {
  if ((tls || tlsCert !== null) && listen.some((address) => "path" in address))
    return new UsageError("sockets in the file system are served without TLS: leave --tls or unix: out");
  const password = tlsPasswordFile === null ? null : readPassword(tlsPasswordFile);
  if (password instanceof UsageError) return password;
  const missing = tlsCert === null || tlsKey !== null ? null : missingKey(tlsCert);
  if (missing !== null) return missing;
  return { tls_self_signed: tls, tls_cert: tlsCert, tls_key: tlsKey, tls_password: password };
}

/** Returns the message of an error about a certificate, threads or a value; `null` for any other error. */
function explainSetting(error: unknown): string | null {
  if (!(error instanceof Error)) return null;
  const { code } = error as NodeJS.ErrnoException;
  const isOurs = code?.startsWith("PYSERVE_") || (error instanceof RangeError && "listen_address" in error);
  return isOurs ? error.message : null;
}
