import { inspect } from "node:util";

/** The values that a setting may have. */
export interface Rule {
  /** Text for messages, after "must be" or "is not". */
  readonly allowed: string;
  readonly allows: (value: unknown) => boolean;
  /** All values, if they are few. */
  readonly choices?: readonly (string | boolean)[];
  /** The rule for each element of a list, or for a value that is not `null`. */
  readonly of?: Rule;
  /** True if messages must not show the value. */
  readonly isSecret?: true;
  /** True if every value is allowed: {@link checkSettings} leaves the setting out. */
  readonly isOpen?: true;
}

/** The rules of a class's settings, by their names. */
export type Rules = Readonly<Record<string, Rule>>;

/** Allows every value: for settings whose problems are reported when they are used. */
export const ANY: Rule = { allowed: "anything", allows: () => true, isOpen: true };

/** A switch: every value counts as true or false, as in Python. */
export const SWITCH: Rule = { allowed: "true or false", allows: () => true, isOpen: true };

/** A {@link SWITCH} whose value is in the result of {@link checkSettings}. */
export const TRUTH: Rule = { allowed: "true or false", allows: () => true };

/** A switch that accepts only booleans, because a mistake would change more than speed. */
export const FLAG: Rule = { allowed: "true or false", allows: (value) => typeof value === "boolean" };

/** Any text. */
export const TEXT: Rule = { allowed: "a string", allows: (value) => typeof value === "string" };

/** A value, or `null`. */
export const optional = (rule: Rule, meaning = ""): Rule => ({
  ...rule,
  allowed: `${rule.allowed}, or null${meaning}`,
  allows: (value) => value === null || rule.allows(value),
  of: rule.of ?? rule,
});

/** A list. */
export const listOf = (rule: Rule): Rule => ({
  allowed: `a list, each element ${rule.allowed}`,
  allows: (value) => Array.isArray(value) && value.every(rule.allows),
  of: rule,
});

/** An object. */
export const recordOf = (rule: Rule): Rule => ({
  allowed: `an object, each value ${rule.allowed}`,
  allows: (value) => typeof value === "object" && value !== null && Object.values(value).every(rule.allows),
  of: rule,
});

/** Seconds. */
export const SECONDS: Rule = {
  allowed: "a number of seconds, 0 or more",
  allows: (value) => typeof value === "number" && value >= 0,
};

/** Seconds to wait, as in Python: a negative number means 0. `null` means no limit. */
export const WAIT: Rule = {
  allowed: "a number of seconds, or null for no limit",
  allows: (value) => value === null || (typeof value === "number" && !Number.isNaN(value)),
};

/** Seconds, or `null` for no limit. (A Node timer would treat other values as 0.) */
export const TIME_LIMIT: Rule = optional(SECONDS, " for no limit");

/** A number per second; 0 means no limit. */
export const RATE: Rule = {
  allowed: "a number of 0 or more; 0 is no limit",
  allows: (value) => typeof value === "number" && value >= 0 && value < Number.POSITIVE_INFINITY,
};

/**
 * Type of a setting with a few known texts. Editors suggest these, but every text compiles, and the value is checked at
 * run time. Otherwise TypeScript would refuse `static log_format = "json"` in a subclass, because it infers `string`.
 *
 * @typeParam Known - the known texts
 */
export type OneOf<Known> = Known | (string & Record<never, never>);

/** One of a few values. */
export const oneOf = (...values: readonly (string | boolean)[]): Rule => ({
  allowed: values
    .map((value) => JSON.stringify(value))
    .join(", ")
    .replace(/, ([^,]*)$/, " or $1"),
  allows: (value) => values.includes(value as string),
  choices: values,
});

/** A whole number. */
export const whole = (least: number): Rule => ({
  allowed: `a whole number of ${least} or more`,
  allows: (value) => Number.isSafeInteger(value) && (value as number) >= least,
});

/** A whole number, or `Infinity`. */
export const limit = (least: number): Rule => ({
  allowed: `a whole number of ${least} or more, or Infinity for no limit`,
  allows: (value) =>
    value === Number.POSITIVE_INFINITY || (Number.isSafeInteger(value) && (value as number) >= least),
});

const RULES = Symbol("rules");
const TAKEN = Symbol("taken");

/** A class whose settings have rules. Subclasses inherit them. */
interface Ruled {
  readonly [RULES]?: Rules;
  /** Settings of the instance that was checked last. */
  [TAKEN]?: Taken;
}

interface Taken {
  readonly names: readonly string[];
  /**
   * True if each setting is a value of the instance or of its class, and not an accessor of a subclass.
   */
  readonly isPlain: boolean;
  values: Record<string, unknown>;
}

/** Getters that {@link defineSettings} has created. */
const getters = new Set<unknown>();

/**
 * Turns statics of a class into settings. Instances see them like class attributes in Python: as the instance's own
 * value; without one, as the value of its class; without that, as the value of the nearest base class.
 *
 * There are four ways to set one: `static` in a subclass, assignment to a class, assignment to an instance, and a field
 * in a subclass. Instances get the types of these settings by an interface beside the class: `interface C extends
 * Pick<typeof C, keyof typeof SETTINGS> {}`.
 *
 * @param Class - the class with the statics
 * @param rules - for each setting, the values that {@link checkSettings} accepts
 */
export function defineSettings(Class: { readonly prototype: object }, rules: Rules): void {
  for (const name of Object.keys(rules)) {
    const get = function (this: object): unknown {
      return (this.constructor as unknown as Record<string, unknown>)[name];
    };
    getters.add(get);
    Object.defineProperty(Class.prototype, name, {
      configurable: true,
      get,
      set(this: object, value: unknown) {
        setField(this, name, value);
      },
    });
  }
  Object.defineProperty(Class, RULES, { value: { ...(Class as Ruled)[RULES], ...rules } });
}

/** Gives an object a field that hides an accessor of its class. */
export function setField(object: object, name: string, value: unknown): void {
  Object.defineProperty(object, name, { value, writable: true, enumerable: true, configurable: true });
}

/**
 * Returns the settings of a class and its bases, each with its rule.
 *
 * @param Class - of servers, or of handlers
 */
export function settingsOf(Class: object): Rules {
  return (Class as Ruled)[RULES] ?? {};
}

/**
 * Checks the settings of a server before it serves, or of a handler before its first request.
 *
 * A handler is created for each connection, usually with the same settings as the previous one. In this case, the
 * settings are only compared.
 *
 * @returns their values; for a class, the same object until a value changes, so that callers can cache results
 * @throws `RangeError` that names the first invalid setting
 */
export function checkSettings<Instance extends object>(instance: Instance): Readonly<Instance> {
  const Class = instance.constructor as unknown as Ruled & Record<string, unknown>;
  if (!Object.hasOwn(Class, TAKEN)) Object.defineProperty(Class, TAKEN, { value: nothingTaken(Class) });
  const taken = Class[TAKEN] as Taken;
  const { isPlain, values } = taken;
  for (const name of taken.names) {
    const value = (isPlain && !Object.hasOwn(instance, name) ? Class : (instance as Record<string, unknown>))[
      name
    ];
    if (value === undefined || value !== values[name]) return take(instance, taken) as Readonly<Instance>;
  }
  return values as Readonly<Instance>;
}

function nothingTaken(Class: Ruled): Taken {
  const names = Object.entries(settingsOf(Class)).flatMap(([name, { isOpen }]) => (isOpen ? [] : [name]));
  const { prototype } = Class as unknown as { prototype: object };
  return { names, isPlain: names.every((name) => getters.has(getterOf(prototype, name))), values: {} };
}

function getterOf(prototype: object | null, name: string): unknown {
  if (prototype === null) return undefined;
  const own = Object.getOwnPropertyDescriptor(prototype, name);
  return own === undefined ? getterOf(Object.getPrototypeOf(prototype), name) : own.get;
}

function take(instance: object, taken: Taken): object {
  const values: Record<string, unknown> = {};
  const rules = settingsOf(instance.constructor);
  for (const name of taken.names) {
    const { allowed, allows, isSecret } = rules[name] as Rule;
    const value = (instance as Record<string, unknown>)[name];
    if (!allows(value)) {
      const shown = isSecret ? "" : `, not ${inspect(value)}`;
      throw new RangeError(`${instance.constructor.name}.${name} must be ${allowed}${shown}.`);
    }
    values[name] = value;
  }
  taken.values = values;
  return values;
}

/**
 * Checks that no field of a subclass hides a member that its base needs.
 *
 * @param object - the object with the fields
 * @param names - the names that must not be hidden
 * @param what - the owner and the kind of the names, for the message
 * @param way - hint at another way to reach the same goal
 * @throws `TypeError` that names the field and its owner
 */
export function checkNoFields(object: object, names: readonly string[], what: string, way = ""): void {
  const name = names.find((name) => Object.hasOwn(object, name));
  if (name === undefined) return;
  throw new TypeError(
    `${object.constructor.name}.${name} is a field, and hides ${what} ${name}. Rename the field${way.replaceAll("NAME", name)}.`,
  );
}
