import { parseListen, rebaseListen } from "./listen.js";
import type { Row } from "./option.js";
import { ADDRESS, COUNT, PORT } from "./option-values.js";

export const LISTENING = {
  port: {
    kind: "number",
    daily: true,
    positional: true,
    metavar: "port",
    help: "the port, 0 for any free one (default: %(default)s)",
    more: "If you give no port and 8000 is in use, the command takes the next free port up to 8019, and reports it on standard error.",
    most: 65535,
    initial: 8000,
    rule: PORT,
  },
  bind: {
    kind: "string",
    daily: true,
    short: "b",
    metavar: "ADDRESS",
    help: "listen on this address (default: all interfaces)",
    more: "IPv4, IPv6 or a host name.",
    rule: ADDRESS,
  },
  listen: {
    kind: "list",
    metavar: "WHERE",
    help: "HOST:PORT, [IPV6]:PORT, :PORT, unix:PATH or fd:N",
    more: "Replaces the port and --bind. Repeat it for several addresses: the command listens on all of them, or fails. fd:N is an inherited listening socket; systemd starts with 3. Unix sockets are served without threads and TLS.",
    parse: parseListen,
    rebase: rebaseListen,
  },
  open: {
    kind: "boolean",
    daily: true,
    help: "open the default browser when the server is ready",
    more: "The environment variable BROWSER sets another command.",
  },
  threads: {
    kind: "number",
    metavar: "N",
    help: "serve with N threads (default: one per core)",
    more: "0 uses only the main thread. This is the default with --handler, with one core, and if Node can't pass connections to threads.",
    most: 9999,
    rule: COUNT,
  },
  accept_in_threads: {
    kind: "boolean",
    help: "let each thread accept its own connections",
    more: "For many short connections. It needs a port, threads, Node 24.20 or 26.6, and Linux or a BSD. Limits on connections apply to each thread.",
  },
} as const satisfies Record<string, Row>;
