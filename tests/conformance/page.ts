import type { ConformanceRow } from "./row.js";
import { CONFORMANCE } from "./table.js";

/** Where the page is, from the project's folder. */
export const PAGE = "docs/reference/conformance.md";

const HEAD = `# What is supported of RFC 9110 and 9112

Made from the rows of \`tests/conformance/\` by \`npm run docs:conformance\`; a test compares them. Each row is a test: a client sends
exactly these bytes, whole, byte by byte, behind a good request, before another one, and before it ends its sending; the reply has to
be the same each time. _Cases_ says how many texts a row sends, and in how many ways.

_Level_ is the word that the RFC uses; _security_ is what it leaves open and where leniency has been a vulnerability. The
connection _goes on_ when another request is served behind this one. Where it _ends_, the reply says so, the client gets all of
it, and nothing behind the request is ever answered.
`;

/** A probe that gets another answer here than the suite prefers. */
const PROBES: readonly (readonly [ids: string, answer: string, reason: string])[] = [
  [
    "RFC9112-2.2-BARE-LF-REQUEST-LINE, RFC9112-2.2-BARE-LF-HEADER",
    "200",
    "RFC 9112 §2.2 lets a server take a bare LF for a line end in a head; all servers that do agree on its meaning. In chunked content it is 400",
  ],
  ["COMP-LEADING-CRLF", "200", "RFC 9112 §2.2: a server SHOULD ignore an empty line before a request"],
  [
    "COMP-HOST-EMPTY-VALUE",
    "200",
    "RFC 9112 §3.2 has clients send an empty `Host` where a target has no authority; a host is not guessed",
  ],
  [
    "COMP-UNKNOWN-METHOD, COMP-METHOD-CASE, COMP-METHOD-CONNECT, COMP-METHOD-TRACE, COMP-405-ALLOW",
    "501",
    "a method without a `do_` method is 501, as in Python; the suite prefers 405 for some",
  ],
  [
    "COMP-OPTIONS-STAR, COMP-OPTIONS-ALLOW, COMP-NO-CL-IN-204",
    "501",
    "without `do_OPTIONS` of your own, as in Python",
  ],
  ["COMP-EXPECT-UNKNOWN", "417", "RFC 9110 §10.1.1 allows it"],
  [
    "COMP-GET-WITH-CL-BODY, SMUG-HEAD-CL-BODY",
    "200",
    "RFC 9110 §9.3.1: content of a GET has a length like any other, and is never the next request",
  ],
  ["MAL-URL-BACKSLASH", "200", "the byte is no separator here; a handler of files answers 404"],
  ["SMUG-CL-LEADING-ZEROS, SMUG-CL-DOUBLE-ZERO", "200", "RFC 9110 §8.6: 1*DIGIT, always decimal"],
  ["SMUG-CL-LEADING-ZEROS-OCTAL", "none", "`010` is ten: the server waits for two more bytes"],
  ["MAL-LONG-METHOD", "501", "RFC 9112 §3 says so for a method that is longer than any"],
  [
    "SMUG-CL-TRAILING-SPACE, SMUG-CL-EXTRA-LEADING-SP, MAL-CL-TAB-BEFORE-VALUE",
    "200",
    "RFC 9112 §5: white space around a value is no part of it",
  ],
  [
    "SMUG-CL-COMMA-SAME, SMUG-CL-COMMA-TRIPLE",
    "200",
    "RFC 9110 §8.6: the same number several times may be taken for one",
  ],
  [
    "SMUG-TRANSFER_ENCODING, NORM-UNDERSCORE-CL, NORM-UNDERSCORE-TE",
    "200",
    "a name with an underscore is another name, and stays as it was sent",
  ],
  [
    "SMUG-EXPECT-100-CL, SMUG-EXPECT-100-CL-DESYNC",
    "200",
    "the content is read in any case, or the connection ends",
  ],
  [
    "SMUG-TRAILER-AUTH, SMUG-TRAILER-CONTENT-TYPE",
    "200",
    "RFC 9110 §6.5.1: trailers are never merged into the header fields",
  ],
  [
    "SMUG-ABSOLUTE-URI-HOST-MISMATCH",
    "200",
    "RFC 9112 §3.2.2: the host of the target replaces that of `Host`, also for the handler",
  ],
  [
    "SMUG-CL0-BODY-POISON",
    "200, 501",
    "what follows `Content-Length: 0` is the next request, and is read as one",
  ],
];

const PROBES_HEAD = `## Http11Probe

[Http11Probe](https://github.com/MDA2AV/Http11Probe) sends 215 probes, and gives each a verdict. They were sent from its definitions to a
handler that has \`do_GET\`, \`do_HEAD\` and \`do_POST\`. Nine are about conditional requests, which the tests of files cover. No probe
about smuggling gets a second reply, and a malformed request gets 400 or what RFC 9112 says. These get another reply than the suite prefers:

| Probes | Reply | Why |
| --- | --- | --- |
`;

function probes(): string {
  return `${PROBES_HEAD}${PROBES.map((cells) => `| ${cells.map(escapeCell).join(" | ")} |`).join("\n")}\n`;
}

/** The page of all rows. */
export function conformancePage(): string {
  const parts = Object.entries(CONFORMANCE).map(([subject, rows]) => section(subject, rows));
  return `${[HEAD, ...parts].join("\n")}\n${summary()}\n${probes()}`;
}

function section(subject: string, rows: readonly ConformanceRow[]): string {
  const lines = rows.map(
    ({ section, level, name, statuses, open, sent, ways }) =>
      `| ${section} | ${level} | ${escapeCell(name)} | ${statuses.join(", ")} | ${open ? "goes on" : "ends"} | ${sent.length} × ${ways.length} |`,
  );
  const heading =
    "| RFC | Level | A client sends | Reply | The connection | Cases |\n| --- | --- | --- | --- | --- | --- |";
  return `## ${subject}\n\n${heading}\n${lines.join("\n")}\n`;
}

function summary(): string {
  const rows = Object.values(CONFORMANCE).flat();
  const cases = rows.reduce((sum, { sent, ways }) => sum + sent.length * ways.length, 0);
  return `${rows.length} rows, ${cases} cases.\n`;
}

function escapeCell(text: string): string {
  return text.replace(/[|*_<]/g, (character) => `\\${character}`);
}
