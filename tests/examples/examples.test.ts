import assert from "node:assert/strict";
import { execFile, execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join, sep } from "node:path";
import { describe, test } from "node:test";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { type Header, readHeader } from "./header.js";
import {
  adapt,
  ROOT,
  RUNS_TYPESCRIPT,
  RunningExample,
  runnable,
  Shell,
  temporaryDirectory,
} from "./running-example.js";

/** Arguments of examples that need more than a port. */
const ARGUMENTS: Record<string, (directory: string) => readonly string[]> = {
  "embedding.ts": () => ["0", "0", "0"],
  "unix-socket.ts": (directory) => [join(directory, "socket")],
  "upload-download.ts": (directory) => ["0", directory],
};

const NAMES = readdirSync(join(ROOT, "examples"), { recursive: true, encoding: "utf8" })
  // Test runners start the examples that are tests.
  .filter((name) => name.endsWith(".ts") && !name.endsWith(".test.ts"))
  .map((name) => name.replaceAll(sep, "/"))
  .sort();

const HEADERS = new Map(NAMES.map((name) => [name, readHeader(join(ROOT, "examples", name))]));

// Programs that the comments need. A machine without them can still use the library.
const skip = !["/bin/sh", "curl"].every(isThere) && "it needs a shell and curl";

function isThere(program: string): boolean {
  try {
    execFileSync(program, program === "curl" ? ["--version"] : ["-c", ":"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

function isClient({ start }: Header): boolean {
  return start.startsWith("npx node ");
}

/** Compares line by line; `...` stands for anything. */
function assertShows(actual: string, expected: string, what: string): void {
  const literal = expected.split("...").map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  if (!new RegExp(`^${literal.join(".*")}$`).test(actual)) assert.equal(actual, expected, what);
}

function start(t: Parameters<typeof temporaryDirectory>[0], name: string) {
  const directory = temporaryDirectory(t);
  const args = ARGUMENTS[name]?.(directory) ?? ["0"];
  return { directory, args, example: RunningExample.start(t, name, args) };
}

describe("the comment at the top of an example", () => {
  for (const [name, header] of HEADERS) {
    test(`${name} says how to start it and what to try on it`, () => {
      assert.ok(header.start.includes(` examples/${name} `), header.start);
      if (!isClient(header)) assert.ok(header.tries.length > 0 || header.prints !== "");
    });
  }

  const tried = [...HEADERS.values()].flatMap(({ tries }) => tries.map(({ command }) => command)).join("\n");
  for (const [name, header] of HEADERS) {
    if (isClient(header))
      test(`${name} is tried on a server`, () => assert.ok(tried.includes(` examples/${name} `)));
  }
});

describe("an example does what its comment says", { skip }, () => {
  for (const [name, header] of HEADERS) {
    if (isClient(header)) continue;
    if (header.prints !== "") {
      test(name, async (t) => {
        const { example } = start(t, name);
        const { output, errors, status } = await example.ended();
        assertShows(output.trimEnd(), header.prints, name);
        assert.deepEqual({ errors, status }, { errors: "", status: 0 });
      });
      continue;
    }
    test(name, async (t) => {
      const { example, directory, args } = start(t, name);
      await example.serving();
      const shell = new Shell(temporaryDirectory(t));
      for (const { command, output } of header.tries) {
        const real = adapt(command, header, example.ports()).replaceAll(
          "/tmp/pyserve.sock",
          args[0] as string,
        );
        assertShows(
          await shell.run(real),
          adapt(output, header, example.ports()),
          `${real} (in ${directory})`,
        );
      }
      const { errors, status } = await example.end("SIGINT");
      assert.ok(status === 0 || status === "SIGINT", String(status));
      assert.doesNotMatch(errors, /Exception|Error:|Warning/);
    });
  }
});

// Node, or `run`, ends the others.
const HANDLES_SIGNALS = NAMES.filter((name) =>
  readFileSync(join(ROOT, "examples", name), "utf8").includes('"SIGTERM"'),
);

describe("an example that handles signals ends when the system asks for it", {
  skip: process.platform === "win32",
}, () => {
  for (const name of HANDLES_SIGNALS) {
    test(name, async (t) => {
      const { example } = start(t, name);
      await example.serving();
      const { errors, status } = await example.end("SIGTERM");
      assert.ok(status === 0 || status === "SIGTERM", String(status));
      assert.equal(errors, "");
    });
  }
});

test("importing an example starts nothing", async () => {
  // Started as the comments describe, if this Node can.
  const files = NAMES.map((name) => (RUNS_TYPESCRIPT ? join(ROOT, "examples", name) : runnable(name)));
  const urls = files.map((file) => pathToFileURL(file).href);
  const program = `
    for (const url of ${JSON.stringify(urls)})
      if (Object.keys(await import(url)).length === 0) console.log(url, "exports nothing");
  `;
  const args = ["--input-type=module", "-e", program];
  const { stdout, stderr } = await promisify(execFile)(process.execPath, args, {
    cwd: ROOT,
    timeout: 60_000,
  });
  assert.deepEqual({ stdout, stderr }, { stdout: "", stderr: "" });
});
