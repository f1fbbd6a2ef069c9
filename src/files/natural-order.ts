/**
 * The order in which people look for names: `file2` before `file10`, `Äpfel` beside `Apfel`, capitals or not.
 *
 * @module
 */

const LEADING_ZEROS = /^0+(?=[0-9])/;
const NOT_ASCII = /[^\0-\x7f]/;
// Accents alone (Combining Diacritical Marks). The marks of other scripts are vowels, and count.
const ACCENTS = /[\u0300-\u036f]/g;

/**
 * Makes the key of a name: names are in their natural order when their keys are in the order of their code units.
 *
 * A key costs a fraction of what `Intl.Collator` takes for the comparisons that sort by it, and, unlike a collator's, its
 * order is the same on every machine. Names that differ in nothing but case, accents or leading zeros have the same key:
 * their order is left to {@link compareText}.
 *
 * @example
 * naturalKey("File 007"); // "file 17": the number has one digit, and is 7
 */
export function naturalKey(name: string): string {
  const lower = name.toLowerCase();
  const plain = NOT_ASCII.test(lower) ? lower.normalize("NFD").replace(ACCENTS, "") : lower;
  let key = "";
  let start = 0; // of what is not in the key yet
  for (let at = 0; at < plain.length; at++) {
    if (!isDigit(plain, at)) continue;
    let end = at + 1;
    while (isDigit(plain, end)) end++;
    key += plain.slice(start, at) + numberKey(plain.slice(at, end));
    start = end;
    at = end;
  }
  return key + plain.slice(start);
}

function isDigit(text: string, at: number): boolean {
  const code = text.charCodeAt(at);
  return code >= 0x30 && code <= 0x39;
}

/** A number with more digits is larger, so the count of digits comes first, itself written in digits. */
function numberKey(digits: string): string {
  const number = digits.startsWith("0") ? digits.replace(LEADING_ZEROS, "") : digits;
  // 1 to 8 are "1" to "8", 9 to 16 are "91" to "98", 17 is "991": any length keeps the order.
  if (number.length <= 8) return number.length + number;
  const nines = Math.floor((number.length - 1) / 8);
  return "9".repeat(nines) + String(number.length - 8 * nines) + number;
}

/** Compares by code units: the same everywhere, and fast. */
export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
