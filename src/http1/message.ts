import { trimWhitespace } from "./grammar.js";

/** Field lines as received: name, value, name, value, … */
export type FieldLines = readonly string[];

/**
 * Header fields of a message: `handler.headers`. Python's `http.client.HTTPMessage` (an `email.message.Message`).
 *
 * Names are compared without regard to case, and keep their case. Fields keep their order, and repeated fields stay
 * separate.
 *
 * ```ts
 * const type = this.headers.get("Content-Type") ?? "application/octet-stream";
 * for (const [name, value] of this.headers) console.log(`${name}: ${value}`);
 * ```
 */
export class HTTPMessage implements Iterable<[name: string, value: string]> {
  readonly #lines: string[];

  /** @param lines - name, value, name, value, … */
  constructor(lines: FieldLines = []) {
    this.#lines = lines.slice();
  }

  /** Number of fields. Repeated fields count separately. Python's `len()`. */
  get length(): number {
    return this.#lines.length / 2;
  }

  /**
   * Returns the value of the first field with a name; `null` if there is none.
   *
   * @param name - the field's name, in any case
   * @returns the value, without white space around it
   */
  get(name: string): string | null;
  /**
   * Returns the value of the first field with a name, or a default.
   *
   * @param name - the field's name, in any case
   * @param failobj - the default
   * @returns the value, without white space around it; or `failobj`
   */
  get<T>(name: string, failobj: T): string | T;
  get<T>(name: string, failobj: T | null = null): string | T | null {
    const at = this.#find(name, 0);
    return at < 0 ? failobj : (this.#lines[at + 1] as string);
  }

  /**
   * Returns the values of all fields with a name, in order; `null` if there is none.
   *
   * @param name - the fields' name, in any case
   * @returns one value for each field line
   */
  get_all(name: string): string[] | null;
  /**
   * Returns the values of all fields with a name, in order, or a default.
   *
   * @param name - the fields' name, in any case
   * @param failobj - the default, if there is no such field
   * @returns one value for each field line; or `failobj`
   */
  get_all<T>(name: string, failobj: T): string[] | T;
  get_all<T>(name: string, failobj: T | null = null): string[] | T | null {
    const first = this.#find(name, 0);
    if (first < 0) return failobj;
    const values = [this.#lines[first + 1] as string];
    for (let at = this.#find(name, first + 2); at >= 0; at = this.#find(name, at + 2))
      values.push(this.#lines[at + 1] as string);
    return values;
  }

  /**
   * Returns true if there is a field with this name. Python's `in`.
   *
   * @param name - the field's name, in any case
   * @returns `true`, even if the value is empty
   */
  has(name: string): boolean {
    return this.#find(name, 0) >= 0;
  }

  /**
   * Returns true if there is a field with one of these names.
   *
   * @internal
   * @param names - the names, in lower case
   */
  has_any(names: ReadonlySet<string>): boolean {
    for (let at = 0; at < this.#lines.length; at += 2)
      if (names.has((this.#lines[at] as string).toLowerCase())) return true;
    return false;
  }

  /**
   * Returns the names in order. Repeated fields give repeated names.
   *
   * @returns a name for each field line, in its original case
   */
  keys(): string[] {
    return this.#lines.filter((_, at) => at % 2 === 0);
  }

  /**
   * Returns the values in order.
   *
   * @returns a value for each field line
   */
  values(): string[] {
    return this.#lines.filter((_, at) => at % 2 === 1);
  }

  /**
   * Returns names and values in order.
   *
   * @returns a pair for each field line
   */
  items(): [name: string, value: string][] {
    return [...this];
  }

  /**
   * Iterates over the fields as `[name, value]`, in order. In Python, iteration yields the names: {@link keys}.
   *
   * @returns an iterator over the pairs
   */
  *[Symbol.iterator](): IterableIterator<[name: string, value: string]> {
    for (let at = 0; at < this.#lines.length; at += 2)
      yield [this.#lines[at] as string, this.#lines[at + 1] as string];
  }

  /**
   * Appends a field, even if its name exists already. Python's `add_header` and `message[name] = value`.
   *
   * @param name - the field's name, in any case
   * @param value - the field's value
   */
  add_header(name: string, value: string): void {
    this.#lines.push(name, value);
  }

  /**
   * Replaces the value of the first field with a name.
   *
   * @param name - the field's name, in any case
   * @param value - the new value
   * @throws `TypeError` if there is no such field
   */
  replace_header(name: string, value: string): void {
    const at = this.#find(name, 0);
    if (at < 0) throw new TypeError(`There is no header "${name}" to replace; use add_header.`);
    this.#lines[at + 1] = value;
  }

  /**
   * Removes all fields with a name. Python's `del message[name]`.
   *
   * @param name - the fields' name, in any case
   */
  delete(name: string): void {
    for (let at = this.#find(name, 0); at >= 0; at = this.#find(name, at)) this.#lines.splice(at, 2);
  }

  /**
   * Returns the media type without parameters, in lower case. If the field is missing or invalid, returns `text/plain`,
   * as in Python.
   *
   * @returns `text/html`, for example
   */
  get_content_type(): string {
    const [type = ""] = this.get("Content-Type", "").split(";", 1);
    const trimmed = type.trim().toLowerCase();
    return trimmed.split("/").length === 2 ? trimmed : "text/plain";
  }

  /**
   * Returns the part before the slash of {@link get_content_type}.
   *
   * @returns `text` for `text/plain`
   */
  get_content_maintype(): string {
    return this.get_content_type().split("/")[0] as string;
  }

  /**
   * Returns the part after the slash of {@link get_content_type}.
   *
   * @returns `plain` for `text/plain`
   */
  get_content_subtype(): string {
    return this.get_content_type().split("/")[1] as string;
  }

  /**
   * Returns the `charset` parameter of the content type, in lower case.
   *
   * @returns `utf-8`, for example; `null` without a charset
   */
  get_content_charset(): string | null;
  /**
   * Returns the `charset` parameter of the content type, in lower case, or a default.
   *
   * @param failobj - the default
   * @returns `utf-8`, for example; or `failobj`
   */
  get_content_charset<T>(failobj: T): string | T;
  get_content_charset<T>(failobj: T | null = null): string | T | null {
    const charset = parameterOf(this.get("Content-Type", ""), "charset")?.toLowerCase();
    // As in Python, a charset with characters outside ASCII is invalid.
    return charset === undefined || /[^\0-\x7f]/.test(charset) ? failobj : charset;
  }

  /**
   * Returns the fields as sent in a message, with the empty line at the end. Python's `as_string`.
   *
   * @returns lines that end in CR LF
   */
  toString(): string {
    return `${this.items()
      .map(([name, value]) => `${name}: ${value}\r\n`)
      .join("")}\r\n`;
  }

  #find(name: string, from: number): number {
    const wanted = name.toLowerCase();
    for (let at = from; at < this.#lines.length; at += 2) {
      const found = this.#lines[at] as string;
      if (found.length === wanted.length && found.toLowerCase() === wanted) return at;
    }
    return -1;
  }
}

// Matches a parameter after a semicolon outside quotes. Names are trimmed afterwards: a pattern that trims would take
// quadratic time for many spaces.
const PARAMETER = /;([^=;]*)=[\t ]*(?:"((?:[^"\\]|\\.)*)"|([^;"]*))/g;

function parameterOf(value: string, name: string): string | undefined {
  for (const [, found = "", quoted, plain = ""] of value.matchAll(PARAMETER)) {
    if (trimWhitespace(found).toLowerCase() === name)
      return quoted?.replace(/\\(.)/g, "$1") ?? trimWhitespace(plain);
  }
  return undefined;
}
