// Makes dist/cjs of dist: the entries of the package for `require`, and the declarations of all modules as those of CommonJS.
//
// Node can require a module that is ESM. A compiler for CommonJS can't always be told that (TypeScript's `node16`), and takes a
// declaration for that of ESM or of CommonJS by the nearest package.json alone.

import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";

const { exports } = JSON.parse(readFileSync("package.json", "utf8"));
const DIST = "dist";
const TARGET = join(DIST, "cjs");

rmSync(TARGET, { recursive: true, force: true });
for (const file of readdirSync(DIST, { recursive: true }).filter((name) => name.endsWith(".d.ts")))
  write(file, readFileSync(join(DIST, file), "utf8").replace(/^\/\/# sourceMappingURL=.*$/m, ""));
for (const entry of Object.values(exports).filter(({ require }) => require !== undefined)) {
  const file = relative(TARGET, entry.require.default);
  const target = relative(dirname(entry.require.default), entry.import.default).replaceAll("\\", "/");
  write(file, `module.exports = require(${JSON.stringify(target)});\n`);
}
write("package.json", '{ "type": "commonjs" }\n');

function write(name, text) {
  const file = join(TARGET, name);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}
