import { isDeepStrictEqual } from "node:util";
import { WorkerError } from "./worker-error.js";

/** Properties of an object, in a form that can be sent to another thread or process. */
export interface Snapshot {
  /** Values that can be copied. */
  readonly values: ReadonlyMap<string, unknown>;
  /** Names of values that can't be copied, with the source text of functions and classes. */
  readonly others: ReadonlyMap<string, string | null>;
}

/** Copies a value as it would arrive in another thread or process. Throws if it can't be sent. */
export type Copy = (value: unknown) => unknown;

/** Copies a value as it arrives in a thread. */
export const copyForThread: Copy = (value) => structuredClone(value);

/** Copies a value as it arrives in a process: without shared memory, and with Node's `Buffer`. */
export const copyForProcess: Copy = (value) => {
  const { deserialize, serialize } = process.getBuiltinModule("node:v8");
  return deserialize(serialize(value));
};

/**
 * Takes a snapshot of an object.
 *
 * @param object - an instance, or a class for its class attributes
 * @param names - the names of the properties
 */
export function takeSnapshot(object: object, names: readonly string[], copy: Copy): Snapshot {
  const values = new Map<string, unknown>();
  const others = new Map<string, string | null>();
  for (const name of names) {
    const value = (object as Record<string, unknown>)[name];
    if (arrivesAsItIs(value, copy)) values.set(name, value);
    else others.set(name, typeof value === "function" ? String(value) : null);
  }
  return { values, others };
}

/** Returns the names of the class attributes of a class, including inherited ones. */
export function classAttributeNames(Class: object): string[] {
  const names: string[] = [];
  for (const name in Class) names.push(name);
  return names;
}

/**
 * Restores a snapshot in another thread or process. Equal values are not changed.
 *
 * @param owner - name of the object in errors
 * @throws {@link WorkerError} that names a value that can't be copied and does not exist there
 */
export function restoreSnapshot(object: object, { values, others }: Snapshot, owner: string): void {
  const target = object as Record<string, unknown>;
  for (const [name, value] of values) {
    if (!isDeepStrictEqual(target[name], value)) target[name] = value;
  }
  for (const [name, source] of others) {
    if (!isThereByItself(target[name], source)) throw notCloneable(`${owner}.${name}`);
  }
}

/**
 * Checks that a value arrives unchanged in another thread or process.
 *
 * @param name - name of the value in the error
 * @throws {@link WorkerError}
 */
export function checkCloneable(value: unknown, name: string, copy: Copy): void {
  if (arrivesAsItIs(value, copy)) return;
  const culprit = isPlainObject(value)
    ? Object.keys(value).find((key) => !arrivesAsItIs(value[key], copy))
    : undefined;
  throw notCloneable(culprit === undefined ? name : `${name}.${culprit}`);
}

// The copy of an instance is an object without its class: this is not an error, but the copy is useless.
function arrivesAsItIs(value: unknown, copy: Copy): boolean {
  try {
    return isSame(copy(value), value);
  } catch {
    return false;
  }
}

// Plain data from another context, such as Jest's, has other prototypes than its copy.
function isSame(copied: unknown, value: unknown): boolean {
  if (isDeepStrictEqual(copied, value)) return true;
  if (!isPlainElsewhere(value)) return false;
  const keys = Object.keys(value);
  return (
    keys.length === Object.keys(copied as object).length &&
    keys.every((key) => isSame((copied as Record<string, unknown>)[key], value[key]))
  );
}

function isPlainElsewhere(value: unknown): value is Record<string, unknown> {
  if (typeof value !== "object" || value === null) return false;
  if (Array.isArray(value)) return true;
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype === null || Object.getPrototypeOf(prototype) !== null) return false;
  return Object.hasOwn(prototype as object, "isPrototypeOf");
}

// Functions and classes with the same source text count as equal. Objects can't be compared, so any object counts as
// equal.
function isThereByItself(value: unknown, source: string | null): boolean {
  if (source !== null)
    return typeof value === "function" && withoutNumbers(String(value)) === withoutNumbers(source);
  return typeof value === "object" && value !== null;
}

/**
 * Removes numbers at the end of names. A bundler adds such numbers if two modules use the same name, and the main
 * program and the worker may come from different bundles.
 */
function withoutNumbers(source: string): string {
  return source.replace(/\b([A-Za-z_$][\w$]*?)\d+\b/g, "$1");
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}

function notCloneable(name: string): WorkerError {
  return new WorkerError(
    "PYSERVE_NOT_CLONEABLE",
    `${name} can't be copied to a thread or process. Use plain data, or create it in the constructor or in the module, so that each thread or process has its own.`,
  );
}
