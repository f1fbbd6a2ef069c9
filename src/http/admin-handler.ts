import type { Socket } from "node:net";
import type { InetAddress } from "../socketserver/addresses.js";
import { locate } from "../socketserver/class-location.js";
import { BaseHTTPRequestHandler } from "./base-http-request-handler.js";
import type { HTTPServer } from "./http-server.js";
import { type OperatedServer, operatedServers } from "./operation.js";

/** The `handler_args` of an {@link AdminHandler}. */
export interface AdminArgs {
  /** The servers that it reports about. */
  readonly servers: readonly OperatedServer[];
}

/**
 * Serves health checks and metrics of other servers on a separate address: {@link BaseHTTPRequestHandler.health_path}
 * and `metrics_path`.
 */
export class AdminHandler extends BaseHTTPRequestHandler {
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
