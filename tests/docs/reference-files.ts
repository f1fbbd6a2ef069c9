import { readFileSync } from "node:fs";
import { configSchema } from "#src/cli/config-schema.js";
import { manPage } from "#src/cli/man-page.js";
import { referenceTables } from "#src/cli/reference-page.js";
import { ROOT } from "./markdown.js";

/** Between these lines stand the tables that are made from the table of options. */
const BEGIN = "<!-- options: made by npm run reference -->\n";
const END = "<!-- end of options -->\n";

const PAGE = "docs/reference/command.md";

/** A file that is made from the table of options. */
export interface ReferenceFile {
  /** Relative to the project's folder. */
  readonly path: string;
  /** Expected text. */
  readonly text: string;
}

/** All files of docs/reference that are made, as they should be now. */
export function referenceFiles(): ReferenceFile[] {
  return [
    { path: PAGE, text: pageWithTables() },
    { path: "docs/reference/config.schema.json", text: `${JSON.stringify(configSchema(), null, 2)}\n` },
    { path: "docs/reference/pyserve.1", text: manPage() },
  ];
}

/** The page as it is, with the tables as they should be. */
function pageWithTables(): string {
  const page = readFileSync(`${ROOT}${PAGE}`, "utf8");
  const [before = "", rest = ""] = page.split(BEGIN);
  const [, after = ""] = rest.split(END);
  return `${before}${BEGIN}\n${referenceTables()}\n${END}${after}`;
}
