import { execFile } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { PACKAGE } from "../support/published.js";

const ROOT = fileURLToPath(new URL("../../..", import.meta.url));

/**
 * Dependencies of the package. They are packed here, so the test needs no network. It would not find any
 * other.
 */
const DEPENDENCIES = ["mime-types", "mime-db"];

/** Folder that npm packs: `prepack` bundles dist, as for {@link PACKAGE}. */
const PACKED = [
  [PACKAGE, ["package.json", "dist"]],
  [ROOT, ["README.md", "LICENSE", "CHANGELOG.md", "docs", "src"]],
] as const;

/** A folder that contains only the package, installed from its tarball, as users install it. */
export class InstalledPackage {
  /** The folder. */
  readonly folder: string;

  private constructor(folder: string) {
    this.folder = folder;
  }

  /** Packs a copy of the build, and installs it. */
  static async make(): Promise<InstalledPackage> {
    const folder = mkdtempSync(join(tmpdir(), "pyserve-package-"));
    // A copy, because its scripts would replace the build that the tests use.
    const copy = mkdtempSync(join(tmpdir(), "pyserve-packed-"));
    for (const [from, names] of PACKED)
      for (const name of names) cpSync(join(from, name), join(copy, name), { recursive: true });
    await run(ROOT, process.execPath, "pack-pages.mjs", copy);
    const folders = [copy, ...DEPENDENCIES.map((name) => join(ROOT, "node_modules", name))];
    const tarballs = await npm(folder, "pack", "--ignore-scripts", ...folders);
    const [own = "", ...others] = tarballs.trim().split("\n");
    const overrides = Object.fromEntries(DEPENDENCIES.map((name, at) => [name, `file:${others[at]}`]));
    writeFileSync(join(folder, "package.json"), JSON.stringify({ private: true, overrides }));
    await npm(folder, "install", "--offline", "--ignore-scripts", "--no-audit", "--no-fund", own);
    rmSync(copy, { recursive: true });
    return new InstalledPackage(folder);
  }

  /** Copies only its declarations, which compilers need. */
  static declarations(): InstalledPackage {
    const installed = new InstalledPackage(mkdtempSync(join(tmpdir(), "pyserve-package-")));
    const target = join(installed.folder, "node_modules", "pyserve");
    for (const name of ["package.json", "dist"])
      cpSync(join(PACKAGE, name), join(target, name), { recursive: true });
    return installed;
  }

  /** Runs Node there, and returns its output. */
  async node(...args: readonly string[]): Promise<string> {
    return run(this.folder, process.execPath, ...args);
  }

  /** Runs a program there. */
  async run(program: string, ...args: readonly string[]): Promise<string> {
    return run(this.folder, program, ...args);
  }

  /** Runs npx there, without downloading missing packages. */
  async npx(...args: readonly string[]): Promise<string> {
    return run(this.folder, "npx", "--offline", ...args);
  }

  /** Installs a second copy elsewhere in the folder. */
  copyTo(name: string): void {
    const target = join(this.folder, name, "node_modules");
    mkdirSync(target, { recursive: true });
    cpSync(join(this.folder, "node_modules"), target, { recursive: true });
  }

  /** Makes a package of the repository available in the folder. */
  link(name: string): void {
    const link = join(this.folder, "node_modules", name);
    mkdirSync(dirname(link), { recursive: true });
    symlinkSync(join(ROOT, "node_modules", name), link, "junction");
  }

  /** Writes a file there. */
  write(name: string, text: string): void {
    mkdirSync(dirname(join(this.folder, name)), { recursive: true });
    writeFileSync(join(this.folder, name), text);
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

function npm(folder: string, ...args: readonly string[]): Promise<string> {
  return run(folder, "npm", "--silent", ...args);
}

async function run(folder: string, program: string, ...args: readonly string[]): Promise<string> {
  // npm's variables for scripts would make the other npm use this folder as the repository.
  const env = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^(?:npm_|INIT_CWD)/i.test(name)),
  );
  const options = { cwd: folder, env, shell: process.platform === "win32" && program !== process.execPath };
  try {
    return (await promisify(execFile)(program, args, options)).stdout;
  } catch (error) {
    const { stdout, stderr } = error as { stdout: string; stderr: string };
    throw new Error(`${[program, ...args].join(" ")}\n${stdout}${stderr}`, { cause: error });
  }
}
