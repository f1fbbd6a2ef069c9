import type { Shell } from "./completions.js";
import { parseListen, rebaseListen } from "./listen.js";
import type { Parsed, Row } from "./option.js";

/** Options for monitoring, stopping, logs, help and the config file. */
export const OPERATION = {
  health: {
    kind: "string",
    metavar: "PATH",
    help: "answer health checks at this path, such as /healthz",
    more: "The response is 200, and 503 when the command begins to stop. PATH/live gets 200 until the end. Health checks need no password, and are not logged.",
    attribute: "health_path",
  },
  metrics: {
    kind: "string",
    metavar: "PATH",
    help: "serve metrics at this path, such as /metrics",
    more: "In Prometheus' text format or as OpenMetrics. Clients that may read files may also read the metrics. To prevent this, use --admin.",
    attribute: "metrics_path",
  },
  admin: {
    kind: "string",
    metavar: "WHERE",
    help: "serve --health and --metrics only here, such as 127.0.0.1:9100",
    more: "Like --listen: HOST:PORT, :PORT or unix:PATH. The default paths are /healthz and /metrics.",
    parse: parseListen,
    rebase: rebaseListen,
  },
  drain_delay: {
    kind: "number",
    metavar: "SECONDS",
    help: "continue to serve this long after a signal (default: %(default)s)",
    more: "Meanwhile, health checks fail, and responses close their connections, so that a load balancer uses other servers.",
  },
  drain_timeout: {
    kind: "number",
    metavar: "SECONDS",
    help: "after a signal, give requests this long to finish (default: %(default)s)",
    more: "After that, all connections are closed.",
  },
  keep_alive_timeout: {
    kind: "number",
    metavar: "SECONDS",
    help: "keep an idle connection this long (default: %(default)s)",
    more: "Behind a load balancer, use a longer time than the balancer; most have 60. While connections are scarce, the time is 5 seconds. With --handler, the class sets it.",
    initial: 65,
  },
  config: {
    kind: "string",
    daily: true,
    short: "c",
    metavar: "FILE",
    path: "file",
    help: "read options from this JSON file",
    more: "Options on the command line override the file.",
    isLineOnly: true,
  },
  quiet: {
    kind: "boolean",
    daily: true,
    short: "q",
    help: "do not log requests",
    attribute: "log_format",
  },
  log_format: {
    kind: "string",
    metavar: "FORMAT",
    choices: ["python", "common", "combined", "json"],
    help: "python, common, combined or json (default: %(default)s)",
    more: "common and combined are Apache's formats. json writes one object per line. These three log when the response has ended, with its size.",
  },
  completions: {
    kind: "string",
    metavar: "SHELL",
    choices: ["bash", "zsh", "fish"],
    parse: (text): Parsed<Shell> => ({ value: text as Shell }),
    help: "print a script that lets bash, zsh or fish complete options",
    isLineOnly: true,
  },
  help: {
    kind: "boolean",
    daily: true,
    short: "h",
    final: true,
    help: "show this help message and exit",
    isLineOnly: true,
  },
  help_all: {
    kind: "boolean",
    daily: true,
    final: true,
    help: "show all options and exit",
    isLineOnly: true,
  },
  version: {
    kind: "boolean",
    short: "V",
    final: true,
    help: "show the version and exit",
    isLineOnly: true,
  },
} as const satisfies Record<string, Row>;
