/** Header fields: an object, a `Map`, or pairs of names and values. Pairs may repeat a name. */
export type HeaderFields =
  | Readonly<Record<string, string>>
  | ReadonlyMap<string, string>
  | readonly (readonly [name: string, value: string])[];

/** Fields about freshness that an operator may set. A 304 must repeat them (RFC 9110 §15.4.5). */
const FRESHNESS: ReadonlySet<string> = new Set(["cache-control", "content-location", "expires", "vary"]);

/** Returns fields that were checked. Throws a `TypeError` for other values. */
export function checkedFields(fields: HeaderFields | null): HeaderFields | null {
  const isText = (text: unknown) => typeof text === "string";
  const isPair = (pair: unknown) => Array.isArray(pair) && pair.length === 2 && pair.every(isText);
  if (fields === null || (typeof fields === "object" && [...fieldPairs(fields)].every(isPair))) return fields;
  throw new TypeError(
    `extra_response_headers must be an object, a Map or pairs of names and values, such as { "X-Name": "value" }, not ${JSON.stringify(fields)}.`,
  );
}

/** Returns names and values. */
export function fieldPairs(fields: HeaderFields): Iterable<readonly [name: string, value: string]> {
  return Symbol.iterator in fields ? fields : Object.entries(fields);
}

/**
 * Adds the fields to a response.
 *
 * @param isUnchanged - true for a 304, which repeats only the fields about freshness
 */
export function sendExtra(
  handler: {
    readonly extra_response_headers: HeaderFields | null;
    send_header(name: string, value: string): void;
  },
  isUnchanged: boolean,
): void {
  for (const [name, value] of fieldPairs(handler.extra_response_headers ?? []))
    if (!isUnchanged || FRESHNESS.has(name.toLowerCase())) handler.send_header(name, value);
}
