// Finishes dist, which the compiler has written: `node build.mjs`, or `node build.mjs --bundle [folder]` for the package here, or a
// copy of it in a folder.
//
// dist/cjs holds the entries of the package for `require`, and the declarations of all modules as those of CommonJS. Node can require
// a module that is ESM. A compiler for CommonJS can't always be told that (TypeScript's `node16`), and takes a declaration for that
// of ESM or of CommonJS by the nearest package.json alone.
//
// Jest can't require ESM on all Nodes, and other loaders can't either. They don't know the condition "module-sync", which Node has, and get
// one file of CommonJS with all entries. Node never loads it, so nobody has two copies of a class.
//
// The package has one file for each entry, and chunks for what entries share: two hundred modules are slow to find and to read. It has the
// declarations that entries lead to.

import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";

const { exports, bin } = JSON.parse(readFileSync("package.json", "utf8"));
const [mode, folder = "."] = process.argv.slice(2);
const DIST = join(folder, "dist");
const entries = Object.values(exports).filter(({ require }) => require !== undefined);
const libraries = entries.filter(({ require }) => require["module-sync"] !== undefined);

if (mode === "--bundle") await bundle();
else declareForCommonJS();

function declareForCommonJS() {
  const target = join(DIST, "cjs");
  rmSync(target, { recursive: true, force: true });
  const write = (name, text) => {
    const file = join(target, name);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  };
  for (const file of readdirSync(DIST, { recursive: true }).filter((name) => name.endsWith(".d.ts")))
    write(file, readFileSync(join(DIST, file), "utf8").replace(/^\/\/# sourceMappingURL=.*$/m, ""));
  for (const entry of entries) {
    const file = entry.require["module-sync"] ?? entry.require.default;
    const module = relative(dirname(file), entry.import.default).replaceAll("\\", "/");
    write(relative(target, file), `module.exports = require(${JSON.stringify(module)});\n`);
  }
  write("package.json", '{ "type": "commonjs" }\n');
}

async function bundle() {
  if (folder !== ".") {
    rmSync(folder, { recursive: true, force: true });
    for (const name of ["package.json", "dist"]) cpSync(name, join(folder, name), { recursive: true });
  }
  const { build } = await import("esbuild");
  const nameOf = (file) => relative("dist", file).replace(/\.js$/, "").replaceAll("\\", "/");
  const names = [...entries.map((entry) => entry.import.default), ...Object.values(bin)].map(nameOf);
  // Threads and processes begin with files that are looked for beside the code that starts them: beside the chunks.
  const workers = ["thread", "process"].map((name) => ({
    in: join(DIST, `workers/${name}.js`),
    out: `chunks/${name}`,
  }));
  const { outputFiles } = await build({
    entryPoints: [...names.map((name) => ({ in: join(DIST, `${name}.js`), out: name })), ...workers],
    bundle: true,
    splitting: true,
    format: "esm",
    platform: "node",
    target: "node20.19",
    packages: "external",
    sourcemap: true,
    sourcesContent: false,
    outdir: DIST,
    chunkNames: "chunks/[hash]",
    write: false,
  });
  const commonJS = await commonJSOf(build);
  for (const file of readdirSync(DIST, { recursive: true }))
    if (/\.js(\.map)?$/.test(file) && !file.startsWith("cjs")) rmSync(join(DIST, file));
  removeUnreachedDeclarations();
  mkdirSync(join(DIST, "chunks"), { recursive: true });
  for (const { path, contents, text } of [...outputFiles, ...commonJS])
    writeFileSync(path, path.endsWith(".js") ? withClassNames(text) : contents);
  // The compiler is to write the modules again the next time.
  if (DIST === "dist") rmSync("build/src.tsbuildinfo", { force: true });
}

/**
 * esbuild renames a class whose body mentions it: `var Name = class _Name`. Messages would show that name. Its
 * `keepNames` would name each closure again whenever it is created, also while requests are served.
 */
function withClassNames(text) {
  const names = [...text.matchAll(/^var (\w+) = class _\1\b/gm)].map(([, name]) => name);
  return names.length === 0 ? text : text.replaceAll(new RegExp(`\\b_(${names.join("|")})\\b`, "g"), "$1");
}

/** Removes the declarations that no compiler asks for, since no entry leads to them. */
function removeUnreachedDeclarations() {
  const reached = new Set();
  const visit = (file) => {
    if (reached.has(file)) return;
    reached.add(file);
    for (const [, module] of readFileSync(join(DIST, file), "utf8").matchAll(
      /(?:from |import\()"(\..+?)\.js"/g,
    ))
      visit(join(dirname(file), `${module}.d.ts`));
  };
  for (const entry of entries) visit(relative("dist", entry.import.types));
  for (const file of readdirSync(DIST, { recursive: true })) {
    const [, declaration] = /^(?:cjs[\\/])?(.*\.d\.ts)(?:\.map)?$/.exec(file) ?? [];
    if (declaration !== undefined && !reached.has(declaration)) rmSync(join(DIST, file));
  }
}

/** All entries in one file of CommonJS, and a file for each that gives its part. */
async function commonJSOf(build) {
  const inDist = (file) => join(DIST, relative("dist", file));
  const from = (file) => JSON.stringify(`./${relative("dist", file).replaceAll("\\", "/")}`);
  const { outputFiles } = await build({
    stdin: {
      contents: libraries
        .map((entry, at) => `export * as e${at} from ${from(entry.import.default)};`)
        .join("\n"),
      resolveDir: DIST,
    },
    bundle: true,
    format: "cjs",
    platform: "node",
    target: "node20.19",
    packages: "external",
    // Threads are no part of the loader, and find the classes where all that are not required are.
    define: { "import.meta.url": "PYSERVE_URL" },
    banner: {
      js: 'const PYSERVE_URL = require("node:url").pathToFileURL(require("node:path").join(__dirname, "../chunks/all.js")).href;',
    },
    outfile: join(DIST, "cjs", "all.js"),
    write: false,
  });
  const parts = libraries.map((entry, at) => {
    const file = entry.require.default;
    const all = relative(dirname(file), "dist/cjs/all.js").replaceAll("\\", "/");
    return { path: inDist(file), text: `module.exports = require(${JSON.stringify(`./${all}`)}).e${at};\n` };
  });
  const all = libraries.map((entry) => `export * from ${from(entry.import.default).replace("./", "../")};\n`);
  return [...outputFiles, ...parts, { path: join(DIST, "chunks", "all.js"), text: all.join("") }];
}
