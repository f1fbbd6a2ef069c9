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
