import { isAbsolute } from "node:path";
import { pathToFileURL } from "node:url";
import { WorkerError } from "./worker-error.js";

/** Any class. */
export type AnyClass = abstract new (...args: never[]) => object;

/** The place where another thread or process finds a class. The class itself can't be sent. */
export interface ClassReference {
  /** The URL or the path of the module that exports the class. */
  readonly module: string;
  /** The name of the class in that module. */
  readonly name: string;
}

/** The field with the original class, in a class that differs from it only in its class attributes. */
const ORIGINAL = Symbol("original");

/** Records the place of a class of this package. Not as a static field, because subclasses would override it. */
export function locate(Class: AnyClass, module: string): void {
  Object.defineProperty(Class, "module", { value: module, configurable: true, writable: true });
}

/**
 * Records that a class differs from another one only in its class attributes, so that a worker can create it from the
 * other one.
 */
export function declareVariant(Variant: AnyClass, Original: AnyClass): void {
  Object.defineProperty(Variant, ORIGINAL, { value: Original });
}

/**
 * Returns the place of a class.
 *
 * @throws {@link WorkerError} if it has no `module` of its own: an inherited `module` is that of the base class
 */
export function referTo(Class: AnyClass): ClassReference {
  // A subclass of a variant is a class of its own.
  if (Object.hasOwn(Class, ORIGINAL))
    return referTo((Class as unknown as { [ORIGINAL]: AnyClass })[ORIGINAL]);
  const { module } = Class as unknown as { module?: unknown };
  const hasModule = Object.hasOwn(Class, "module") && typeof module === "string";
  if (hasModule && Class.name !== "") return { module, name: Class.name };
  throw new WorkerError(
    "PYSERVE_CLASS_WITHOUT_MODULE",
    `Threads and processes can't find ${describe(Class)}: export it from its module, and add to the class: static module = import.meta.url;`,
  );
}

/**
 * Finds a class in another thread or process.
 *
 * @throws {@link WorkerError} if its module can't be imported, does not export it, or exports several with its name
 */
export async function resolveClass({ module, name }: ClassReference): Promise<AnyClass> {
  const exported = await importModule(module);
  const found = new Set(
    Object.values(exported).filter((value) => typeof value === "function" && value.name === name),
  );
  const [first] = found;
  if (found.size === 1) return first as AnyClass;
  // Any of them could be the wrong one: without TLS, or with other rules.
  if (found.size > 1)
    throw new WorkerError(
      "PYSERVE_CLASS_NOT_EXPORTED",
      `${module} exports ${found.size} classes with the name ${name}, so threads and processes can't find the right one. Give each its own name: class One extends ${name} { static module = import.meta.url; }`,
    );
  throw new WorkerError(
    "PYSERVE_CLASS_NOT_EXPORTED",
    `Threads and processes can't find the class ${name}: ${module} must export it.`,
  );
}

async function importModule(module: string): Promise<Record<string, unknown>> {
  try {
    // `__filename` of CommonJS is a path.
    return await import(isAbsolute(module) ? pathToFileURL(module).href : module);
  } catch (error) {
    if (error instanceof WorkerError) throw error;
    throw new WorkerError(
      "PYSERVE_MODULE_FAILED",
      `The module of a class can't be imported in a thread or process: ${module}: ${String(error)}`,
      { cause: error },
    );
  }
}

function describe(Class: AnyClass): string {
  return Class.name === "" ? "a class without a name (give it one)" : `the class ${Class.name}`;
}
