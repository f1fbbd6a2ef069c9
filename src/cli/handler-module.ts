import { once } from "node:events";
import { resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import { BaseHTTPRequestHandler } from "../http/base-http-request-handler.js";
import type { HTTPHandlerClass } from "../http/http-handler-class.js";
import { quote, UsageError } from "./option.js";

/** A handler class that was imported from the user's module. */
export interface LoadedHandler {
  readonly Handler: HTTPHandlerClass;
  /** URL of the module. Threads import it again. */
  readonly module: string;
}

/**
 * Imports a module, and finds its handler class: the default export, the only one, or the one named after `#`.
 *
 * @param argument - `FILE` or `FILE#Name`
 */
export async function loadHandler(argument: string): Promise<LoadedHandler | UsageError> {
  const [, file = argument, name] =
    /^(.+?)(?:#([\p{ID_Start}$_][\p{ID_Continue}$]*))?$/su.exec(argument) ?? [];
  const module = pathToFileURL(resolve(file)).href;
  let exported: Record<string, unknown>;
  try {
    exported = (await withinReason(import(module))) as Record<string, unknown>;
  } catch (error) {
    return new UsageError(`${quote(file)} can't be loaded: ${reasonOf(error, module)}`);
  }
  const Handler = name === undefined ? findHandler(exported) : pick(exported, name);
  return typeof Handler === "string" ? new UsageError(`${quote(file)} ${Handler}`) : { Handler, module };
}

/** Seconds that a module may take to load. */
const PATIENCE = 10;

/**
 * Rejects if a module's top-level `await` never settles (Node would exit with a warning), or if loading takes too long.
 */
async function withinReason<T>(loading: Promise<T>): Promise<T> {
  const loaded = new AbortController();
  const { signal } = loaded;
  const giveUp = (reason: string) => () => {
    throw new Error(reason);
  };
  const never = once(process, "beforeExit", { signal }).then(giveUp("its top-level await never ends"));
  const late = sleep(PATIENCE * 1000, undefined, { signal, ref: false }).then(
    giveUp(`its top-level code has not ended after ${PATIENCE} s`),
  );
  try {
    return await Promise.race([loading, never, late]);
  } finally {
    loaded.abort();
  }
}

/** Returns the default export or the only handler class of a module, or the problem with its exports. */
function findHandler(exported: Record<string, unknown>): HTTPHandlerClass | string {
  if (isHandlerClass(exported.default)) return exported.default;
  const found = Object.entries(exported).filter((entry): entry is [string, HTTPHandlerClass] =>
    isHandlerClass(entry[1]),
  );
  const classes = new Set(found.map(([, Class]) => Class));
  const [first] = classes;
  if (first === undefined) return "exports no class that derives from BaseHTTPRequestHandler";
  const names = found.map(([exportedName]) => exportedName).join(", ");
  return classes.size === 1
    ? first
    : `exports several handler classes: choose one of them with #NAME: ${names}`;
}

function pick(exported: Record<string, unknown>, name: string): HTTPHandlerClass | string {
  const value = exported[name];
  if (value === undefined) return `has no export ${name}`;
  return isHandlerClass(value) ? value : `exports ${name}, which does not derive from BaseHTTPRequestHandler`;
}

/**
 * True for a subclass of the handler, even if the handler is from another copy of this package that the module imports.
 */
function isHandlerClass(value: unknown): value is HTTPHandlerClass {
  if (typeof value !== "function") return false;
  for (let Class = value; typeof Class === "function"; Class = Object.getPrototypeOf(Class)) {
    if (Class === BaseHTTPRequestHandler || Class.name === BaseHTTPRequestHandler.name) return true;
  }
  return false;
}

/** Returns the reason why a module can't be imported, in one line. */
function reasonOf(error: unknown, module: string): string {
  const { code, message, url } = (error ?? {}) as { code?: string; message?: string; url?: string };
  if (
    code === "ERR_MODULE_NOT_FOUND" &&
    (url === module || message?.includes(`'${new URL(module).pathname}'`))
  )
    return "there is no such file";
  if (code === "ERR_UNKNOWN_FILE_EXTENSION")
    return `Node ${process.version} can't run such files: compile it to JavaScript`;
  if (code === "ERR_MODULE_NOT_FOUND" && message?.includes("'pyserve'"))
    return "it imports pyserve, which is not installed beside it: npm install pyserve";
  const text = error instanceof Error ? String(error) : `it threw ${String(error)}`;
  return (text.split("\n", 1)[0] ?? "").trim();
}
