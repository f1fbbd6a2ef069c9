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

/** The page of all rows. */
export function conformancePage(): string {
  const parts = Object.entries(CONFORMANCE).map(([subject, rows]) => section(subject, rows));
  return `${[HEAD, ...parts].join("\n")}\n${summary()}`;
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
