import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import type { TestContext } from "node:test";
import { fileURLToPath } from "node:url";
import { temporaryDirectory } from "./file-server.js";

const ROOT = fileURLToPath(new URL("../../../", import.meta.url));

/** Other programs must not get the test runner's variables for its own processes. */
const { NODE_TEST_CONTEXT: _, ...ENVIRONMENT } = process.env;

/** File with TypeDoc's data about all public names. */
export const REFERENCE = "reference.json";

/**
 * Creates the site as `npm run docs` does, in the test's own folder; and {@link REFERENCE} with the same content.
 *
 * @returns the folder
 */
export function buildSite(t: Pick<TestContext, "after">): string {
  const out = temporaryDirectory(t as TestContext);
  const require = createRequire(import.meta.url);
  const typedoc = join(dirname(require.resolve("typedoc/package.json")), "bin", "typedoc");
  const outputs = ["--out", out, "--json", join(out, REFERENCE)];
  execFileSync(process.execPath, [typedoc, ...outputs], { cwd: ROOT, env: ENVIRONMENT, stdio: "pipe" });
  return out;
}

/** Checks that links lead to files of the site, and to places in them. */
export class SiteLinks {
  readonly #folder: string;
  readonly #anchors = new Map<string, ReadonlySet<string>>();

  /** @param folder - of the site */
  constructor(folder: string) {
    this.#folder = folder;
  }

  /**
   * True if a link leads nowhere: `documents/Errors.html#certificateerror`, relative to the site, decoded.
   */
  isBroken(target: string): boolean {
    const [path = "", anchor = ""] = target.split("#");
    const file = join(this.#folder, path === "" ? "index.html" : path);
    if (!existsSync(file)) return true;
    return anchor !== "" && file.endsWith(".html") && !this.#anchorsOf(file).has(anchor);
  }

  /** Returns the links of a page, to the site itself, that lead nowhere. */
  brokenOn(page: string): string[] {
    const text = readFileSync(join(this.#folder, page), "utf8");
    const links = [...text.matchAll(/<a\s[^>]*?href="([^"]*)"/g)]
      .map(([, href = ""]) => new URL(href.replaceAll("&amp;", "&"), `site:/${page}`))
      .filter(({ protocol }) => protocol === "site:")
      .map(({ pathname, hash }) => decodeURIComponent(pathname.slice(1) + hash));
    return [...new Set(links)].filter((target) => this.isBroken(target));
  }

  #anchorsOf(file: string): ReadonlySet<string> {
    let anchors = this.#anchors.get(file);
    if (anchors === undefined) {
      const ids = readFileSync(file, "utf8").matchAll(/\sid="([^"]*)"/g);
      anchors = new Set([...ids].map((match) => match[1] as string));
      this.#anchors.set(file, anchors);
    }
    return anchors;
  }
}
