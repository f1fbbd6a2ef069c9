import { writeFileSync } from "node:fs";
import { ROOT } from "./markdown.js";
import { referenceFiles } from "./reference-files.js";

/** Writes the generated files of docs/reference: `npm run reference`. */
for (const { path, text } of referenceFiles()) writeFileSync(`${ROOT}${path}`, text);
