import type { ConformanceRow } from "./row.js";
import { CONFORMANCE } from "./table.js";

/** Path of the page in the project's folder. */
export const PAGE = "docs/reference/conformance.md";

const HEAD = `# What is supported of RFC 9110 and 9112

\`npm run docs:conformance\` writes this page from the rows of \`tests/conformance/\`, and a test compares them. Each row is a test. A client sends exactly
these bytes: whole, byte by byte, after a valid request, before another one, and before it ends its sending side. The response must be the same each
time. _Cases_ is the number of requests in a row, times the number of ways to send each.

_Level_ is the word of the RFC. _security_ marks rules that the RFC leaves open, although leniency has caused vulnerabilities. If the connection _stays
open_, another request is served after this one. If it _closes_, the response says so and the client gets all of it. pyserve then answers nothing
that follows the request.
`;

/** A probe whose response is not the one that the suite prefers. */
const PROBES: readonly (readonly [ids: string, answer: string, reason: string])[] = [
  [
    "RFC9112-2.2-BARE-LF-REQUEST-LINE, RFC9112-2.2-BARE-LF-HEADER",
    "200",
    "RFC 9112 §2.2 allows a bare LF as a line end in a header, and servers agree on its meaning. In a chunked body, it gets 400",
  ],
  ["COMP-LEADING-CRLF", "200", "RFC 9112 §2.2: a server SHOULD ignore an empty line before a request"],
  [
    "COMP-HOST-EMPTY-VALUE",
    "200",
    "RFC 9112 §3.2: clients send an empty `Host` if a target has no authority; pyserve does not guess a host",
  ],
  [
    "COMP-UNKNOWN-METHOD, COMP-METHOD-CASE, COMP-METHOD-CONNECT, COMP-METHOD-TRACE, COMP-405-ALLOW",
    "501",
    "as in Python, the response is 501 if there is no `do_` method; the suite sometimes prefers 405",
  ],
  [
    "COMP-OPTIONS-STAR, COMP-OPTIONS-ALLOW, COMP-NO-CL-IN-204",
    "501",
    "the handler has no `do_OPTIONS`, as in Python",
  ],
  ["COMP-EXPECT-UNKNOWN", "417", "RFC 9110 §10.1.1 allows it"],
  [
    "COMP-GET-WITH-CL-BODY, SMUG-HEAD-CL-BODY",
    "200",
    "RFC 9110 §9.3.1: the body of a GET request has a length, and is never read as the next request",
  ],
  ["MAL-URL-BACKSLASH", "200", "a backslash is not a separator; a handler for files sends 404"],
  ["SMUG-CL-LEADING-ZEROS, SMUG-CL-DOUBLE-ZERO", "200", "RFC 9110 §8.6: 1*DIGIT, always decimal"],
  ["SMUG-CL-LEADING-ZEROS-OCTAL", "none", "`010` is ten: the server waits for two more bytes"],
  ["MAL-LONG-METHOD", "501", "RFC 9112 §3 recommends it for a method that is too long"],
  [
    "SMUG-CL-TRAILING-SPACE, SMUG-CL-EXTRA-LEADING-SP, MAL-CL-TAB-BEFORE-VALUE",
    "200",
    "RFC 9112 §5: white space around a value is not part of it",
  ],
  [
    "SMUG-CL-COMMA-SAME, SMUG-CL-COMMA-TRIPLE",
    "200",
    "RFC 9110 §8.6: the same number several times may count as one",
  ],
  [
    "SMUG-TRANSFER_ENCODING, NORM-UNDERSCORE-CL, NORM-UNDERSCORE-TE",
    "200",
    "a name with an underscore is a different name, and is not changed",
  ],
  ["SMUG-EXPECT-100-CL, SMUG-EXPECT-100-CL-DESYNC", "200", "the body is always read, or the connection ends"],
  [
    "SMUG-TRAILER-AUTH, SMUG-TRAILER-CONTENT-TYPE",
    "200",
    "RFC 9110 §6.5.1: trailers are never merged into the header fields",
  ],
  [
    "SMUG-ABSOLUTE-URI-HOST-MISMATCH",
    "200",
    "RFC 9112 §3.2.2: the host of the target replaces `Host`, for the handler too",
  ],
  ["SMUG-CL0-BODY-POISON", "200, 501", "the bytes after `Content-Length: 0` are the next request"],
];

const PROBES_HEAD = `## Http11Probe

[Http11Probe](https://github.com/MDA2AV/Http11Probe) sends 215 probes, and rates each response. We sent them to a handler with \`do_GET\`, \`do_HEAD\` and \`do_POST\`. Nine are about conditional
requests, which the tests of files cover. No smuggling probe gets a second response, and malformed requests get 400 or the status of RFC 9112. For these
probes, the suite prefers another response:

| Probes | Response | Why |
| --- | --- | --- |
`;

function probes(): string {
  return `${PROBES_HEAD}${PROBES.map((cells) => `| ${cells.map(escapeCell).join(" | ")} |`).join("\n")}\n`;
}

/** Returns the page with all rows. */
export function conformancePage(): string {
  const parts = Object.entries(CONFORMANCE).map(([subject, rows]) => section(subject, rows));
  return `${[HEAD, ...parts].join("\n")}\n${summary()}\n${probes()}`;
}

function section(subject: string, rows: readonly ConformanceRow[]): string {
  const lines = rows.map(
    ({ section, level, name, statuses, open, sent, ways }) =>
      `| ${section} | ${level} | ${escapeCell(name)} | ${statuses.join(", ")} | ${open ? "stays open" : "closes"} | ${sent.length} × ${ways.length} |`,
  );
  const heading =
    "| RFC | Level | A client sends | Response | The connection | Cases |\n| --- | --- | --- | --- | --- | --- |";
  return `## ${subject}\n\n${heading}\n${lines.join("\n")}\n`;
}

function summary(): string {
  const rows = Object.values(CONFORMANCE).flat();
  const cases = rows.reduce((sum, { sent, ways }) => sum + sent.length * ways.length, 0);
  return `${rows.length} rows, ${cases} cases.\n`;
}

function escapeCell(text: string): string {
  return text.replace(/`[^`]*`|[|*_<]/g, (found) => (found.length > 1 ? found : `\\${found}`));
}
