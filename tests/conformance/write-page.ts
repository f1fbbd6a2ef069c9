// Writes the page of the documentation: `npm run docs:conformance`.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "../docs/markdown.js";
import { conformancePage, PAGE } from "./page.js";

writeFileSync(join(ROOT, PAGE), conformancePage());
