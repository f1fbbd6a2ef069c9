import { OptionError } from "./coded-error.js";
import { nearestName } from "./nearest-name.js";

/**
 * A table whose keys are option names, so that the compiler compares them with the type of the options. It leaves out
 * the options of the base.
 */
export type OptionNames<Options, Base = object> = Readonly<Record<Exclude<keyof Options, keyof Base>, true>>;

const OPTIONS = Symbol("options");

interface WithOptions {
  readonly [OPTIONS]?: Readonly<Record<string, true>>;
}

/**
 * Declares the options of a class's constructor, in addition to those of its base.
 *
 * @param Class - the class
 * @param names - names of the options
 */
export function defineOptions<Options, Base = object>(
  Class: object,
  names: OptionNames<Options, Base>,
): void {
  Object.defineProperty(Class, OPTIONS, { value: { ...optionsOf(Class), ...names } });
}

/**
 * Returns the options of a class's constructor.
 *
 * @param Class - the class, or a subclass
 */
export function optionsOf(Class: object): Readonly<Record<string, true>> {
  return (Class as WithOptions)[OPTIONS] ?? {};
}

/**
 * Checks that an options object has no unknown key. A key with the value `undefined` counts too, because it may also be
 * misspelled.
 *
 * @param options - the caller's options
 * @param names - an object with the known keys
 * @param where - text for messages: the owner of the options
 * @param elsewhere - returns a hint about the right place for an unknown key, for the message
 * @throws {@link OptionError} that names the first unknown key, and the nearest known one; `TypeError` for a value that
 *   is not an object
 */
export function checkOptions(
  options: object,
  names: Readonly<Record<string, unknown>>,
  where: string,
  elsewhere?: (key: string) => string | undefined,
): void {
  if (typeof options !== "object" || options === null)
    throw new TypeError(`The options of ${where} must be an object, not ${String(options)}.`);
  for (const key in options) {
    if (Object.hasOwn(names, key) || !Object.hasOwn(options, key)) continue;
    throw new OptionError(`${where} has no option ${key}${elsewhere?.(key) ?? suggestion(key, names)}`);
  }
}

function suggestion(key: string, names: object): string {
  const all = Object.keys(names);
  const nearest = nearestName(key, all);
  if (nearest !== undefined) return `: did you mean ${nearest}?`;
  const list = all.length > 12 ? "." : `. There ${all.length === 1 ? "is" : "are"} ${all.join(", ")}.`;
  const isForHandler = Object.hasOwn(names, "handler_args");
  return isForHandler ? `${list} An argument of the handler goes into handler_args: { ${key}: … }.` : list;
}
