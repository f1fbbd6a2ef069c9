import { readFileSync } from "node:fs";
import { configSchema } from "./config-schema.js";
import { manPage } from "./man-page.js";
import { ROOT } from "./markdown.js";
import { referenceTables } from "./reference-page.js";
import { settingsTables } from "./settings-page.js";

/** A file that is generated from the code. */
export interface ReferenceFile {
  /** Relative to the project's folder. */
  readonly path: string;
  /** Expected text. */
  readonly text: string;
}

/** Returns all generated files of docs/reference, with the text that they should have now. */
export function referenceFiles(): ReferenceFile[] {
  return [
    pageWith("docs/reference/command.md", "options", referenceTables()),
    pageWith("docs/reference/settings.md", "settings", settingsTables()),
    { path: "docs/reference/config.schema.json", text: `${JSON.stringify(configSchema(), null, 2)}\n` },
    { path: "docs/reference/pyserve.1", text: manPage() },
  ];
}

/** Returns the current page with new tables. */
function pageWith(path: string, what: string, tables: string): ReferenceFile {
  const [begin, end] = [`<!-- ${what}: made by npm run reference -->\n`, `<!-- end of ${what} -->\n`];
  const [before = "", rest = ""] = readFileSync(`${ROOT}${path}`, "utf8").split(begin);
  const [, after = ""] = rest.split(end);
  return { path, text: `${before}${begin}\n${tables}\n${end}${after}` };
}
