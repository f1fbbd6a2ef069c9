import { readFileSync } from "node:fs";
import { inspect } from "node:util";
import * as pyserve from "pyserve";
import { shownName } from "#src/cli/option.js";
import { OPTIONS } from "#src/cli/options.js";
import { settingsOf } from "#src/socketserver/settings.js";
import { ROOT } from "./markdown.js";

/** Classes with their own settings: the name in pages, a class that has the settings, and its file. */
const CLASSES: readonly (readonly [title: string, Class: object, file: string])[] = [
  ["BaseServer", pyserve.BaseServer, "socketserver/base-server"],
  ["TCPServer and UDPServer", pyserve.TCPServer, "socketserver/socket-server"],
  ["TCPServer", pyserve.TCPServer, "socketserver/tcp-server"],
  ["UDPServer", pyserve.UDPServer, "socketserver/udp-server"],
  ["ThreadingMixIn", pyserve.ThreadingTCPServer, "socketserver/threading-mixin"],
  ["ForkingMixIn", pyserve.ForkingTCPServer, "socketserver/forking-mixin"],
  ["HTTPSServer", pyserve.HTTPSServer, "http/https-server"],
  ["StreamRequestHandler", pyserve.StreamRequestHandler, "socketserver/stream-request-handler"],
  ["BaseHTTPRequestHandler", pyserve.BaseHTTPRequestHandler, "http/base-http-request-handler"],
  ["SimpleHTTPRequestHandler", pyserve.SimpleHTTPRequestHandler, "http/simple-http-request-handler"],
];

const HEADING = "| Setting | Default | Allowed | What it is | Option |\n| --- | --- | --- | --- | --- |\n";

/** Returns the tables of all settings: Markdown, made from the classes, their rules and their comments. */
export function settingsTables(): string {
  return CLASSES.map(([title, Class, file]) => {
    const source = readFileSync(`${ROOT}src/${file}.ts`, "utf8");
    const rows = Object.entries(settingsOf(Class)).flatMap(([name, { allowed }]) => {
      const comment = commentOf(source, name);
      const value = (Class as Readonly<Record<string, unknown>>)[name];
      if (comment === null) return [];
      const cells = [
        code(name),
        defaultOf(value),
        allowed === "anything" ? "" : allowed,
        comment,
        optionOf(name),
      ];
      return [`| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |\n`];
    });
    return `## ${title}\n\n${HEADING}${rows.join("")}`;
  }).join("\n");
}

/** The first paragraph of the comment of a setting; `null` if the file does not declare it. */
function commentOf(source: string, name: string): string | null {
  const declared = new RegExp(
    String.raw`/\*\*((?:(?!\*/)[\s\S])*?)\*/\s+(?:static (?:override )?)?${name}(?:: [^(]| =)`,
  );
  const [, comment] = declared.exec(source) ?? [];
  const [paragraph = ""] = (comment?.replace(/^\s*\* ?/gm, "") ?? "").split(/\n\s*\n|@category/);
  const text = paragraph.replace(/\{@link\s+(?:\w+\.)?(\w+)\}/g, "`$1`").replace(/\s+/g, " ");
  return comment === undefined ? null : text.trim();
}

/** Returns a default on one line; a long one is left to the class's page. */
function defaultOf(value: unknown): string {
  const text = inspect(value, { breakLength: Number.POSITIVE_INFINITY });
  return text.length > 60 || text.includes("\n") || text.includes("Node/") ? "" : code(text);
}

function optionOf(name: string): string {
  const options = OPTIONS.filter(({ attribute }) => attribute === name);
  return options.map((option) => code(`--${shownName(option)}`)).join(", ");
}

function code(text: string): string {
  return `\`${text}\``;
}
