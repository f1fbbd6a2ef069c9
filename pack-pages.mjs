// Makes the pages of the package from those of the repository: a link to a file that is not packed becomes its text.
//
// `node pack-pages.mjs [folder]` does so in a folder that npm then packs, and `node pack-pages.mjs --restore` puts the pages back.

import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, normalize, sep } from "node:path";

const ORIGINALS = join("build", "pages");
const { files } = JSON.parse(readFileSync("package.json", "utf8"));
/** What npm packs: folders and files by name, and the pages of docs. */
const PACKED = [...files.filter((name) => !name.includes("*")), "README.md", "LICENSE", "package.json"];

const [mode = "."] = process.argv.slice(2);
if (mode === "--restore") restore();
else for (const page of pagesOf(mode)) pack(mode, page);

function pack(root, page) {
  const text = readFileSync(join(root, page), "utf8");
  const packed = text
    .split(/(^```[\s\S]*?^```$)/m)
    .map((part, at) => (at % 2 === 0 ? withoutDeadLinks(part, root, page) : part))
    .join("");
  if (packed === text) return;
  if (root === ".") {
    mkdirSync(dirname(join(ORIGINALS, page)), { recursive: true });
    writeFileSync(join(ORIGINALS, page), text);
  }
  writeFileSync(join(root, page), packed);
}

function withoutDeadLinks(text, root, page) {
  return text.replace(/\[([^\][]*)\]\(([^()\s]+)\)/g, (link, words, target) => {
    const [path = ""] = target.split("#");
    if (path === "" || /^[a-z]+:/.test(path)) return link;
    const file = normalize(join(dirname(page), path));
    return isPacked(file) && existsSync(join(root, file)) ? link : words;
  });
}

function isPacked(file) {
  const name = file.split(sep).join("/");
  if (name.startsWith("docs/") && name.endsWith(".md")) return true;
  return PACKED.some((packed) => name === packed || name.startsWith(`${packed}/`));
}

function pagesOf(root) {
  const docs = readdirSync(join(root, "docs"), { recursive: true }).filter((name) => name.endsWith(".md"));
  return ["README.md", "CHANGELOG.md", ...docs.map((name) => join("docs", name))];
}

function restore() {
  if (existsSync(ORIGINALS)) cpSync(ORIGINALS, ".", { recursive: true });
  rmSync(ORIGINALS, { recursive: true, force: true });
}
