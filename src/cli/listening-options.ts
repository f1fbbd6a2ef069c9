import type { ListenAddress } from "../http/listen-address.js";
import { parseListen, rebaseListen } from "./listen-value.js";
import type { Option } from "./option.js";
import { parseAddress, parseCount, parsePort } from "./option-values.js";

/** Where the command listens, and with how many threads. */
export const LISTENING = {
  port: {
    kind: "number",
    long: "port",
    positional: true,
    metavar: "port",
    help: "the port, 0 for any free one (default: %(default)s)",
    more: "If nobody asks for a port and 8000 is taken, the next free one up to 8019 is used, which is told on standard error.",
    config: "port",
    range: [0, 65535],
    initial: 8000,
    parse: parsePort,
  },
  bind: {
    kind: "string",
    long: "bind",
    short: "b",
    metavar: "ADDRESS",
    help: "listen on this address (default: all interfaces)",
    more: "IPv4, IPv6 or a host name.",
    config: "bind",
    initial: null,
    parse: parseAddress,
  },
  listen: {
    kind: "list",
    long: "listen",
    rare: true,
    metavar: "WHERE",
    help: "HOST:PORT, [IPV6]:PORT, :PORT, unix:PATH or fd:N",
    more: "In place of the port and --bind; may be repeated: all of them listen, or none. fd:N is a listening socket that the command inherits; systemd passes them from 3 on. Sockets in the file system are served without threads and without TLS.",
    config: "listen",
    initial: [] as readonly ListenAddress[],
    parse: parseListen,
    rebase: rebaseListen,
  },
  open: {
    kind: "boolean",
    long: "open",
    help: "open the default browser once it listens",
    more: "The environment variable BROWSER names another command.",
    config: "open",
    initial: false,
  },
  strictPort: {
    kind: "boolean",
    long: "strict-port",
    rare: true,
    help: "take port 8000 or none",
    more: "A port that was asked for never moves.",
    config: "strict_port",
    initial: false,
  },
  threads: {
    kind: "number",
    long: "threads",
    rare: true,
    metavar: "N",
    help: "serve with N threads (default: one a core)",
    more: "0 is none but the first. The default is 0 with --handler, where there is one core, and where Node can't hand connections to threads.",
    config: "threads",
    range: [0, 9999],
    initial: null,
    parse: parseCount,
  },
} as const satisfies Record<string, Option>;
