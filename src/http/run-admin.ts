import type { Socket } from "node:net";
import type { InetAddress } from "../socketserver/addresses.js";
import { locate } from "../socketserver/class-location.js";
import { BaseHTTPRequestHandler } from "./base-http-request-handler.js";
import type { HTTPHandlerClass } from "./http-handler-class.js";
import { type HTTPServer, ThreadingHTTPServer } from "./http-server.js";
import type { ListenAddress } from "./listen-address.js";
import { type OperatedServer, operatedServers } from "./operation.js";
import { type RunServers, type ServerPlan, variantOf } from "./run-servers.js";

/** The `handler_args` of an {@link AdminHandler}. */
interface AdminArgs {
  /** The servers that it reports about. */
  readonly servers: readonly OperatedServer[];
}

/**
 * Serves health checks and metrics of other servers on a separate address: {@link BaseHTTPRequestHandler.health_path}
 * and `metrics_path`.
 */
class AdminHandler extends BaseHTTPRequestHandler {
  readonly #servers: readonly OperatedServer[];

  constructor(request: Socket, client_address: InetAddress, server: HTTPServer, args: AdminArgs) {
    super(request, client_address, server, args);
    this.#servers = args.servers;
  }

  do_GET(): void {
    this.send_error(404);
  }

  do_HEAD(): void {
    this.send_error(404);
  }

  protected override [operatedServers](): readonly OperatedServer[] {
    return this.#servers;
  }
}
locate(AdminHandler, import.meta.url);

/** Attributes of a handler class that the admin server uses. */
type OperationAttributes = Pick<typeof BaseHTTPRequestHandler, "health_path" | "metrics_path" | "log_format">;

const PLAN: Omit<ServerPlan, "HandlerClass"> = {
  ServerClass: ThreadingHTTPServer,
  scheme: "http",
  options: {},
  class_attributes: { drain_timeout: 1 },
  max_threads: 0,
  url_path: "/",
  signal: new AbortController().signal,
};

/** Returns the plan of the admin server. From now on, only this server answers monitoring requests. */
export function adminPlan(Handler: HTTPHandlerClass): ServerPlan {
  return { ...PLAN, HandlerClass: takeOperation(Handler) };
}

/**
 * Serves the admin server until it is disposed of.
 *
 * @param servers - the monitored servers
 * @returns lines to print
 * @throws a system error, with the address as `listen_address`
 */
export async function serveAdmin(
  admin: RunServers,
  address: ListenAddress,
  servers: readonly OperatedServer[],
): Promise<string[]> {
  await admin.open(address);
  return admin.list.map((httpd) => {
    // A copy, because servers leave the list when they begin to close. They must still be reported as not ready.
    httpd.handler_args = { servers: [...servers] };
    void httpd.serve_forever();
    return `Admin: ${httpd.announcement().lines[0]}`;
  });
}

/** Moves the monitoring requests of a handler class to a new class, and returns it. */
function takeOperation(Handler: HTTPHandlerClass & Partial<OperationAttributes>): HTTPHandlerClass {
  const { health_path = null, metrics_path = null, log_format } = Handler;
  const isGiven = health_path !== null || metrics_path !== null;
  const paths = isGiven
    ? { health_path, metrics_path }
    : { health_path: "/healthz", metrics_path: "/metrics" };
  Object.assign(Handler, {
    health_path: null,
    metrics_path: null,
    collect_metrics: paths.metrics_path !== null,
  });
  const Admin = variantOf(AdminHandler, class extends AdminHandler {});
  return Object.assign(
    Admin,
    paths,
    log_format !== undefined && { log_format },
  ) as unknown as HTTPHandlerClass;
}
