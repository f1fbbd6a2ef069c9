/**
 * Text for pages.
 *
 * @module
 */

const HTML_ESCAPES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#x27;",
};

const SPECIAL = /[&<>"']/g;
const NOT_SHOWN = /[\p{Cc}\p{Cs}]/gu;
const NOT_PLAIN = /[^ !#$%(-;=?-~]/;
const LONE_SURROGATES = /\p{Cs}/gu;

/**
 * Returns a name as it can be shown: control characters and lone surrogates (bytes that are not UTF-8) become U+FFFD.
 *
 * UTF-8 can't contain a lone surrogate, and HTML can't contain NUL.
 */
export function shownText(text: string): string {
  return text.replace(NOT_SHOWN, "\ufffd");
}

/** Makes text fit for a place in HTML, between tags or in a quoted attribute; as {@link shownText}, and without markup. */
export function escapeHtml(text: string): string {
  if (!NOT_PLAIN.test(text)) return text;
  return shownText(text).replace(SPECIAL, (character) => HTML_ESCAPES[character] ?? "");
}

/** Makes text fit for UTF-8: lone surrogates become U+FFFD. ES2024's `toWellFormed`. */
export function toWellFormed(text: string): string {
  return text.replace(LONE_SURROGATES, "\ufffd");
}

const UNITS = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"];

/**
 * A size as people read it: three or four digits and a unit.
 *
 * @param bytes - at least 0
 * @example
 * formatSize(1536); // "1.5 KiB"
 */
export function formatSize(bytes: number): string {
  let value = bytes;
  let unit = 0;
  // Not 1024: 1023.96 KiB would be shown as "1024 KiB".
  for (; value >= 1023.5 && unit < UNITS.length - 1; unit++) value /= 1024;
  return `${value.toFixed(unit === 0 || value >= 99.95 ? 0 : 1)} ${UNITS[unit]}`;
}

/**
 * A size to the byte, its digits in groups.
 *
 * @example
 * exactSize(1536); // "1,536 bytes"
 */
export function exactSize(bytes: number): string {
  let groups = "";
  let rest = bytes;
  for (; rest >= 1000; rest = Math.floor(rest / 1000))
    groups = `,${String(rest % 1000).padStart(3, "0")}${groups}`;
  return `${rest}${groups} ${bytes === 1 ? "byte" : "bytes"}`;
}

const DAY = 86_400;
const TWO_DIGITS: readonly string[] = Array.from({ length: 60 }, (_, number) =>
  String(number).padStart(2, "0"),
);

let lastDay = Number.NaN;
let lastDate = "";

/** A time as ISO 8601 has it, in three parts: `2026-11-24`, `23:35`, and `07`. */
export interface UtcTime {
  readonly date: string;
  readonly time: string;
  readonly seconds: string;
}

/**
 * Takes a time apart. Files of one directory often are of one day, and its name is remembered: `toISOString()` for each of
 * them would be a third of what a listing costs to write.
 *
 * @param milliseconds - since the epoch; a time that `Date` can have
 */
export function utcTime(milliseconds: number): UtcTime {
  const sinceEpoch = Math.floor(milliseconds / 1000);
  const day = Math.floor(sinceEpoch / DAY);
  const second = sinceEpoch - day * DAY;
  return {
    date: dateOf(day),
    time: `${TWO_DIGITS[Math.floor(second / 3600)]}:${TWO_DIGITS[Math.floor(second / 60) % 60]}`,
    seconds: TWO_DIGITS[second % 60] ?? "",
  };
}

function dateOf(day: number): string {
  if (day !== lastDay) {
    // Years beyond 9999 have more characters than others, but the "T" is where the date ends.
    lastDate = new Date(day * DAY * 1000).toISOString().replace(/T.*/, "");
    lastDay = day;
  }
  return lastDate;
}
