/**
 * Text for pages.
 *
 * @module
 */

import { memo } from "./memo.js";

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

/**
 * Returns a name for display: control characters and lone surrogates (bytes that are not UTF-8) become U+FFFD.
 *
 * UTF-8 can't contain a lone surrogate, and HTML can't contain NUL.
 */
export function shownText(text: string): string {
  return text.replace(NOT_SHOWN, "\ufffd");
}

/** Escapes text for HTML, between tags or in a quoted attribute, after {@link shownText}. */
export function escapeHtml(text: string): string {
  if (!NOT_PLAIN.test(text)) return text;
  return shownText(text).replace(SPECIAL, (character) => HTML_ESCAPES[character] ?? "");
}

const UNITS = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"];

/**
 * Returns a size for people: three or four digits and a unit.
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
 * Returns a size in bytes, with its digits in groups.
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

/** In minutes. */
const DAY = 1440;
const TWO_DIGITS: readonly string[] = Array.from({ length: 60 }, (_, number) =>
  String(number).padStart(2, "0"),
);

/**
 * Returns a time to the minute, in UTC: `2026-11-24 23:35`.
 *
 * The files of a directory often have the same date, so the last date is cached. `toISOString()` for each of them would
 * be a third of the cost of writing a listing.
 *
 * @param milliseconds - since the epoch; a time that `Date` can have
 */
export function utcTime(milliseconds: number): string {
  const minutes = Math.floor(milliseconds / 60_000);
  const day = Math.floor(minutes / DAY);
  const minute = minutes - day * DAY;
  return `${dateOf(day)} ${TWO_DIGITS[Math.floor(minute / 60)]}:${TWO_DIGITS[minute % 60]}`;
}

// Years after 9999 have more characters, but the "T" is always at the end of the date.
const dateOf = memo((day: number) => new Date(day * DAY * 60_000).toISOString().replace(/T.*/, ""));
