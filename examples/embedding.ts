/**
 * Servers as a part of an application: a site, a page for its administrators, and a port for events from other programs.
 * They share the application's state, write into its log, and start and stop together.
 *
 * Start it, on these ports or others:
 *
 *     npm run example examples/embedding.ts [site 8000] [admin 8001] [events 9999]
 *
 * Try:
 *
 *     $ curl -s localhost:8000/
 *     Welcome! You are visitor number 1.
 *     $ curl -s localhost:8000/
 *     Welcome! You are visitor number 2.
 *     $ echo sign-up | nc -u -w 1 127.0.0.1 9999
 *     counted
 *     $ curl -s localhost:8001/
 *     sign-up 1
 *     visit 2
 *
 * End it with Ctrl-C: requests in progress are completed first.
 *
 * A real application would count only events that it knows, because each invented name takes memory forever.
 */

import type { Socket } from "node:net";
import { format } from "node:util";
import {
  BaseHTTPRequestHandler,
  DatagramRequestHandler,
  type InetAddress,
  type RequestHandlerClass,
  ThreadingHTTPServer,
  UDPServer,
} from "pyserve";

/** The application. It does not depend on servers. */
export class App {
  readonly events = new Map<string, number>();
  readonly log: (line: string) => void;

  constructor(log: (line: string) => void) {
    this.log = log;
  }

  count(event: string): number {
    const times = (this.events.get(event) ?? 0) + 1;
    this.events.set(event, times);
    return times;
  }
}

/** A server that holds the application, so that handlers find it in `this.server.app`. */
export class AppHTTPServer extends ThreadingHTTPServer {
  readonly app: App;

  constructor(port: number, Handler: RequestHandlerClass<Socket, InetAddress>, app: App) {
    super(["localhost", port], Handler);
    this.app = app;
  }
}

export class EventServer extends UDPServer {
  readonly app: App;

  constructor(port: number, app: App) {
    super(["localhost", port], EventCounter);
    this.app = app;
  }
}

/** Base class of the application's pages. */
class Page extends BaseHTTPRequestHandler<AppHTTPServer> {
  override log_message(template: string, ...args: unknown[]) {
    // As JSON, so that no part of a request can look like another line of the log.
    this.server.app.log(
      JSON.stringify({ client: this.address_string(), message: format(template, ...args) }),
    );
  }

  protected sendText(text: string) {
    this.send_response(200);
    this.send_header("Content-Type", "text/plain; charset=utf-8");
    this.end_headers();
    this.wfile.write(text);
  }
}

export class SitePage extends Page {
  do_GET() {
    this.sendText(`Welcome! You are visitor number ${this.server.app.count("visit")}.\n`);
  }
}

export class AdminPage extends Page {
  do_GET() {
    const lines = [...this.server.app.events].map(([event, times]) => `${event} ${times}\n`);
    this.sendText(lines.sort().join(""));
  }
}

/** A datagram is the name of an event. */
export class EventCounter extends DatagramRequestHandler<EventServer> {
  override handle() {
    this.server.app.count(this.packet.toString().trim());
    this.wfile.write("counted\n");
  }
}

/** Runs the application's servers until the signal is aborted, or until one of them fails. */
export async function runServers(app: App, ports: readonly number[], signal: AbortSignal): Promise<void> {
  const [site = 0, admin = 0, events = 0] = ports;
  // Closed at the end in any case. This waits for requests in progress.
  await using siteServer = new AppHTTPServer(site, SitePage, app);
  await using adminServer = new AppHTTPServer(admin, AdminPage, app);
  await using eventServer = new EventServer(events, app);
  const servers = [siteServer, adminServer, eventServer];
  app.log(`site, admin, events: ${servers.map(({ server_address }) => server_address.join(":")).join(", ")}`);
  await Promise.all(servers.map((server) => server.serve_forever({ signal })));
}

if (process.argv[1] === import.meta.filename) {
  const [site = 8000, admin = 8001, events = 9999] = process.argv.slice(2).map(Number);
  const app = new App(console.log);
  const stop = new AbortController();
  for (const name of ["SIGINT", "SIGTERM"] as const) process.once(name, () => stop.abort());
  await runServers(app, [site, admin, events], stop.signal);
  app.log("stopped");
}
