/**
 * HTTP dates: one format to write, and the three formats that a recipient must read (RFC 9110 §5.6.7).
 *
 * @module
 */

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"] as const;

const DAY_NAME = "(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)";
const LONG_DAY_NAME = "(?:Monday|Tuesday|Wednesday|Thursday|Friday|Saturday|Sunday)";
const MONTH = `(?<month>${MONTHS.join("|")})`;
const TIME = "(?<hour>[0-9]{2}):(?<minute>[0-9]{2}):(?<second>[0-9]{2})";

// Not Date.parse, which accepts "2020", "1 Jan 2020 GMT+5" and other formats that no RFC defines. The names are
// case-sensitive (RFC 9110 §5.6.7), and the digits ASCII.
const FORMS: readonly RegExp[] = [
  // IMF-fixdate: Sun, 06 Nov 1994 08:49:37 GMT
  new RegExp(`^${DAY_NAME}, (?<day>[0-9]{2}) ${MONTH} (?<year>[0-9]{4}) ${TIME} GMT$`),
  // rfc850-date: Sunday, 06-Nov-94 08:49:37 GMT
  new RegExp(`^${LONG_DAY_NAME}, (?<day>[0-9]{2})-${MONTH}-(?<shortYear>[0-9]{2}) ${TIME} GMT$`),
  // asctime-date: Sun Nov  6 08:49:37 1994
  new RegExp(`^${DAY_NAME} ${MONTH} (?<day>[0-9]{2}| [0-9]) ${TIME} (?<year>[0-9]{4})$`),
];

/** First and last second with a four-digit year. */
const EARLIEST = -62_167_219_200;
const LATEST = 253_402_300_799;

/**
 * Formats a time as an IMF-fixdate, the only format that may be sent: `Sun, 06 Nov 1994 08:49:37 GMT`.
 *
 * Python's `date_time_string(timestamp)`.
 *
 * @param seconds - seconds since the epoch; fractions are rounded down
 * @throws RangeError if `seconds` is not a number, or outside the years 0000 to 9999
 * @example formatHttpDate(784111777.9); // "Sun, 06 Nov 1994 08:49:37 GMT"
 */
export function formatHttpDate(seconds: number): string {
  const whole = Math.floor(seconds);
  if (!(whole >= EARLIEST && whole <= LATEST)) {
    throw new RangeError(`seconds must be a time in the years 0000 to 9999, not ${seconds}`);
  }
  // ECMA-262 defines this format for `toUTCString`, including the English names.
  return new Date(whole * 1000).toUTCString();
}

/**
 * Parses a date in one of the three formats of RFC 9110 §5.6.7: IMF-fixdate, the obsolete rfc850-date, or asctime.
 *
 * It is strict: other formats, zones and spellings are invalid, and so are impossible dates and times (31 February,
 * hour 24). The weekday must exist, but may differ from the date's. Second 60 is valid at 23:59, for leap seconds, and
 * counts as the next second.
 *
 * @param text - the field value, without white space around it
 * @param now - seconds since the epoch; decides the century of a two-digit year
 * @returns seconds since the epoch; `undefined` for an invalid date: a recipient then ignores the field
 */
export function parseHttpDate(text: string, now: number = Date.now() / 1000): number | undefined {
  for (const form of FORMS) {
    const parts = form.exec(text)?.groups;
    if (parts !== undefined) return secondsOf(parts, now);
  }
  return undefined;
}

function secondsOf(parts: Readonly<Record<string, string>>, now: number): number | undefined {
  const month = MONTHS.indexOf(parts.month as (typeof MONTHS)[number]);
  const day = Number(parts.day);
  const time = timeOfDay(Number(parts.hour), Number(parts.minute), Number(parts.second));
  if (time === undefined) return undefined;

  const year =
    parts.shortYear === undefined
      ? Number(parts.year)
      : fullYear(Number(parts.shortYear), month, day, time, now);
  const midnight = midnightOf(year, month, day);
  // JavaScript turns a day that does not exist into a day of the next month.
  return midnight.getUTCDate() === day ? midnight.getTime() / 1000 + time : undefined;
}

function timeOfDay(hour: number, minute: number, second: number): number | undefined {
  const lastSecond = hour === 23 && minute === 59 ? 60 : 59;
  if (hour > 23 || minute > 59 || second > lastSecond) return undefined;
  return hour * 3600 + minute * 60 + second;
}

/** Returns the latest year with these two digits that is at most 50 years ahead (RFC 9110 §5.6.7). */
function fullYear(shortYear: number, month: number, day: number, time: number, now: number): number {
  const horizon = new Date(now * 1000);
  horizon.setUTCFullYear(horizon.getUTCFullYear() + 50);

  const year = Math.floor(horizon.getUTCFullYear() / 100) * 100 + shortYear;
  const isBeyond = midnightOf(year, month, day).getTime() + time * 1000 > horizon.getTime();
  return isBeyond ? year - 100 : year;
}

function midnightOf(year: number, month: number, day: number): Date {
  const midnight = new Date(0);
  midnight.setUTCFullYear(year, month, day); // Date.UTC would change the years 0 to 99 to 1900 to 1999
  return midnight;
}
