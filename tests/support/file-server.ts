import * as fs from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { TestContext } from "node:test";
import {
  type HTTPServer,
  SimpleHTTPRequestHandler,
  type SimpleHTTPRequestHandlerArgs,
  ThreadingHTTPServer,
} from "pyserve";
import { serve } from "./servers.js";

/** A class of handlers that serve files. */
export type FileHandlerClass = typeof SimpleHTTPRequestHandler<HTTPServer>;

/** Time of the last modification of a tree's files: slightly after Sun, 09 Sep 2001 01:46:40 GMT. */
export const MODIFIED = 1_000_000_000.75;

/** A directory that is removed when the test ends. */
export function temporaryDirectory(t: TestContext): string {
  const directory = fs.realpathSync(fs.mkdtempSync(join(tmpdir(), "pyserve-")));
  fs.chmodSync(directory, 0o755);
  t.after(() => fs.rmSync(directory, { recursive: true, force: true }));
  return directory;
}

/** Creates a temporary directory with files by path. A path that ends in a slash is an empty directory. */
export function temporaryTree(
  t: TestContext,
  files: Readonly<Record<string, string | Buffer | { readonly linkTo: string }>>,
): string {
  const root = temporaryDirectory(t);
  for (const [path, content] of Object.entries(files)) {
    const full = join(root, path);
    fs.mkdirSync(path.endsWith("/") ? full : dirname(full), { recursive: true });
    if (path.endsWith("/")) continue;
    if (typeof content === "object" && "linkTo" in content) fs.symlinkSync(content.linkTo, full);
    else {
      fs.writeFileSync(full, content);
      fs.utimesSync(full, MODIFIED, MODIFIED);
    }
  }
  return root;
}

/** Returns a subclass that logs into an array, without address and time. */
export function logsTo(
  lines: string[],
  HandlerClass: FileHandlerClass = SimpleHTTPRequestHandler,
): FileHandlerClass {
  return class extends HandlerClass {
    override log_request(code: number | string = "-"): void {
      lines.push(`"${this.requestline}" ${code}`);
    }
    override log_error(format: string, ...args: unknown[]): void {
      lines.push([format, ...args].join("|"));
    }
  };
}

/** Serves files until the end of the test. The log goes into an array. */
export function serveFiles(
  t: TestContext,
  handler_args: SimpleHTTPRequestHandlerArgs,
  HandlerClass: FileHandlerClass = SimpleHTTPRequestHandler,
  log: string[] = [],
): readonly [host: string, port: number] {
  const Logging = logsTo(log, HandlerClass);
  return serve(t, new ThreadingHTTPServer(["127.0.0.1", 0], Logging, { handler_args })).server_address;
}

/** Runs a function as an ordinary user, because root ignores permissions. */
export async function withoutPrivileges(body: () => Promise<void>): Promise<void> {
  const isRoot = process.geteuid?.() === 0;
  if (isRoot) process.seteuid?.(65534);
  try {
    await body();
  } finally {
    if (isRoot) process.seteuid?.(0);
  }
}

/** Settings of a handler class that serves files. */
export type FileSettings = Partial<
  Pick<FileHandlerClass, Exclude<keyof FileHandlerClass, "prototype" | "module">>
>;

/** Returns a subclass with its own settings. */
export function handlerWith(
  settings: FileSettings,
  HandlerClass: FileHandlerClass = SimpleHTTPRequestHandler,
): FileHandlerClass {
  return Object.assign(class extends HandlerClass {}, settings);
}
