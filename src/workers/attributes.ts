import { isDeepStrictEqual } from "node:util";
import { deserialize, serialize } from "node:v8";
import { WorkerError } from "./worker-error.js";

/** What an object has, as it can be sent to another thread or process. */
export interface Snapshot {
  /** What can be copied. */
  readonly values: ReadonlyMap<string, unknown>;
  /** What can't, with the source text where it is a function or a class. */
  readonly others: ReadonlyMap<string, string | null>;
}

/** Copies a value as it would arrive elsewhere; throws where it can't be sent. */
export type Copy = (value: unknown) => unknown;

/** As a thread gets it. */
export const copyForThread: Copy = (value) => structuredClone(value);

/** As a process gets it: without what is shared between threads, and with Node's buffers. */
export const copyForProcess: Copy = (value) => deserialize(serialize(value));

/**
 * Takes what an object has.
 *
 * @param object - an instance, or a class for its class attributes
 * @param names - of what is taken
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

/** The names of what an instance has itself. */
export function fieldNames(object: object): string[] {
  return Object.keys(object);
}

/** The names of the class attributes of a class, those that it inherits included. */
export function classAttributeNames(Class: object): string[] {
  const names: string[] = [];
  for (const name in Class) names.push(name);
  return names;
}

/**
 * Gives an object what another one had, in another thread or process. What is as it was is left alone.
 *
 * @param owner - how the object is called in an error
 * @throws {@link WorkerError} that names what can't be copied and is not there by itself
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
 * Checks that a value arrives in another thread or process as it is.
 *
 * @param name - how the value is called in the error
 * @throws {@link WorkerError}
 */
export function checkCloneable(value: unknown, name: string, copy: Copy): void {
  if (arrivesAsItIs(value, copy)) return;
  const culprit = isPlainObject(value)
    ? Object.keys(value).find((key) => !arrivesAsItIs(value[key], copy))
    : undefined;
  throw notCloneable(culprit === undefined ? name : `${name}.${culprit}`);
}

// The copy of an instance of a class is an object without the class: no error, and of no use.
function arrivesAsItIs(value: unknown, copy: Copy): boolean {
  try {
    return isSame(copy(value), value);
  } catch {
    return false;
  }
}

// Plain data that was made elsewhere, as in the context that Jest gives to a test, has other prototypes than its copy.
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

// A class that is the same text here and there is the same; of an object only its place can be compared.
function isThereByItself(value: unknown, source: string | null): boolean {
  if (source !== null) return typeof value === "function" && String(value) === source;
  return typeof value === "object" && value !== null;
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}

function notCloneable(name: string): WorkerError {
  return new WorkerError(
    "PYSERVE_NOT_CLONEABLE",
    `${name} can't be copied to a thread or process: make it of plain data, or make it in the constructor or the module, so that each has its own.`,
  );
}
