/**
 * Content codings and media types that a client accepts: the parts of RFC 9110 §12 that a file server needs.
 *
 * Names are compared as whole tokens, ignoring case. Members with invalid syntax are ignored.
 *
 * @module
 */

import { trimWhitespace } from "../http1/grammar.js";
import { cacheOf } from "./memo.js";

/** A content coding that can be sent. */
export type ContentCoding = "br" | "zstd" | "gzip";

/** One member of `Accept` or `Accept-Encoding`. */
interface Preference {
  /** In lower case: a coding, a media range, or `*`. */
  readonly name: string;
  /** True if there are parameters other than the weight. */
  readonly hasParameters: boolean;
  /** From 0, not acceptable, to 1. */
  readonly weight: number;
}

/** Number of members of a list that are parsed. Browsers send up to about ten. */
export const MAX_PREFERENCES = 100;

// qvalue = ( "0" [ "." 0*3DIGIT ] ) / ( "1" [ "." 0*3("0") ] ) (§12.4.2)
const QVALUE = /^(?:0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?)$/;

/** Names that mean the same coding (§8.4.1.3). */
const ALIASES: ReadonlyMap<string, string> = new Map([["x-gzip", "gzip"]]);

/**
 * Chooses the content coding of a response.
 *
 * The greatest weight wins. Among equal weights, the first of `available` wins, so the server prefers the smallest. Uncoded content (`identity`) is always acceptable, unless its weight is 0. It wins if its own weight is the greatest.
 *
 * @param acceptEncoding - the field's value, several lines joined by `, `; `null` if it is absent: then identity is chosen
 * @param available - the available codings, the preferred one first
 * @returns `"none"` (a 406) if the client excludes identity (`identity;q=0`, or `*;q=0`), and accepts no available
 *   coding. In all other cases, the server should send identity (§12.5.3)
 * @example
 * chooseCoding("gzip, br;q=0.9", ["br", "gzip"]); // "gzip"
 */
export function chooseCoding(
  acceptEncoding: string | null,
  available: readonly ContentCoding[],
): ContentCoding | "identity" | "none" {
  if (acceptEncoding === null || acceptEncoding === "") return "identity";
  const weights = (acceptEncoding.length > LONGEST_CACHED ? codingWeights : cachedWeightsOf)(acceptEncoding);
  const others = weights.get("*");
  const identity = weights.get("identity");
  let best: ContentCoding | undefined;
  let bestWeight = 0;
  for (const coding of available) {
    const weight = weights.get(coding) ?? others ?? 0;
    if (weight > bestWeight) [best, bestWeight] = [coding, weight];
  }
  if (best !== undefined && bestWeight >= (identity ?? 0)) return best;
  return (identity ?? others ?? 1) > 0 ? "identity" : "none";
}

/** Returns the weights by name. If a name occurs twice, the first counts. */
function codingWeights(acceptEncoding: string): ReadonlyMap<string, number> {
  const weights = new Map<string, number>();
  for (const { name, weight, hasParameters } of preferences(acceptEncoding)) {
    const coding = ALIASES.get(name) ?? name;
    if (!hasParameters && !weights.has(coding)) weights.set(coding, weight);
  }
  return weights;
}

/** Returns cached weights, because most clients of one kind send the same value. Only a few short values are cached,
 * because clients can send anything. */
const cachedWeightsOf = cacheOf(64, codingWeights);
const LONGEST_CACHED = 100;

/**
 * True if a client wants a page: `Accept` names `text/html`, `application/xhtml+xml` or `text/*`.
 *
 * `*\/*` is not enough, and neither is a missing field: browsers send `*\/*` for scripts, images and `fetch()`, as curl
 * does. A page with the status 200 would hide that the file is missing.
 *
 * @param accept - the field's value, several lines joined by `, `; `null` if it is absent
 */
export function asksForHtml(accept: string | null): boolean {
  const ranges = preferences(accept);
  return weightOf(ranges, "text/html", "text/*") > 0 || weightOf(ranges, "application/xhtml+xml") > 0;
}

/**
 * True if a client prefers JSON to HTML: `Accept` names `application/json`, and HTML has a smaller weight, or is not
 * named. So `application/json, text/plain, *\/*` prefers JSON, and the fields of browsers and `*\/*` prefer HTML.
 *
 * @param accept - the field's value, several lines joined by `, `; `null` if it is absent
 */
export function prefersJson(accept: string | null): boolean {
  return prefersToHtml(accept, ["application/json"]);
}

/**
 * True if a client prefers an error as JSON. Same as {@link prefersJson}, except that `application/problem+json` counts
 * too (RFC 9457).
 *
 * @param accept - the field's value, several lines joined by `, `; `null` if it is absent
 */
export function prefersProblem(accept: string | null): boolean {
  return prefersToHtml(accept, ["application/problem+json", "application/json"]);
}

function prefersToHtml(accept: string | null, names: readonly string[]): boolean {
  const ranges = preferences(accept);
  const weight = Math.max(...names.map((name) => weightOf(ranges, name)));
  const htmlWeight = weightOf(ranges, "text/html", "text/*", "*/*");
  const isEnough = weight > htmlWeight || (weight === htmlWeight && named(ranges, "text/html") === undefined);
  return weight > 0 && isEnough;
}

/**
 * True if a client prefers the OpenMetrics format to Prometheus' own: `Accept` names `application/openmetrics-text`
 * with at least the weight of `text/plain`. Versions are ignored: if a client names several, the largest weight counts.
 *
 * @param accept - the field's value, several lines joined by `, `; `null` if it is absent
 */
export function prefersOpenMetrics(accept: string | null): boolean {
  const ranges = preferences(accept);
  const heaviest = (name: string) =>
    Math.max(0, ...ranges.filter((range) => range.name === name).map(({ weight }) => weight));
  const weight = heaviest("application/openmetrics-text");
  return weight > 0 && weight >= heaviest("text/plain");
}

/**
 * Returns the first preference for a name, preferably one without parameters, because pyserve's content has none. But
 * `application/json;charset=utf-8` also means JSON.
 */
function named(ranges: readonly Preference[], name: string): Preference | undefined {
  return (
    ranges.find((range) => range.name === name && !range.hasParameters) ??
    ranges.find((range) => range.name === name)
  );
}

/** Returns the weight of the first of these names that a client has sent. Pass the most exact name first, because it
 * decides (§12.5.1). */
function weightOf(ranges: readonly Preference[], ...names: readonly string[]): number {
  const range = names.map((name) => named(ranges, name)).find((found) => found !== undefined);
  return range?.weight ?? 0;
}

function preferences(list: string | null): Preference[] {
  const members = list === null ? [] : splitOutsideQuotes(list, ",").slice(0, MAX_PREFERENCES);
  return members.map(preferenceOf).filter((preference) => preference !== undefined);
}

/**
 * A member is a name, parameters, and the weight. Text after the weight, which was once used for extensions, is
 * ignored.
 */
function preferenceOf(member: string): Preference | undefined {
  const [name = "", ...parameters] = splitOutsideQuotes(member, ";").map(trimWhitespace);
  if (name === "") return undefined;
  const given = parameters.filter((parameter) => parameter !== "");
  const at = given.findIndex((parameter) => /^q=/i.test(parameter));
  const qvalue = given[at]?.slice(2) ?? "1";
  if (!QVALUE.test(qvalue)) return undefined;
  const hasParameters = at === -1 ? given.length > 0 : at > 0;
  return { name: name.toLowerCase(), hasParameters, weight: Number(qvalue) };
}

/** Splits a text at a character, except inside a quoted-string (§5.6.4). */
function splitOutsideQuotes(text: string, separator: "," | ";"): string[] {
  if (!text.includes('"')) return text.split(separator);
  const parts: string[] = [];
  let start = 0;
  let isQuoted = false;
  for (let at = 0; at < text.length; at++) {
    const character = text[at];
    if (character === '"') isQuoted = !isQuoted;
    else if (isQuoted && character === "\\") at++;
    else if (!isQuoted && character === separator) {
      parts.push(text.slice(start, at));
      start = at + 1;
    }
  }
  parts.push(text.slice(start));
  return parts;
}
