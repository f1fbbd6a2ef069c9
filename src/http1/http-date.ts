/**
 * HTTP dates, RFC 9110 §5.6.7: written in one format, read in the three that a recipient must accept.
 *
 * @module
 */

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"] as const;

const DAY_NAME = "(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)";
const LONG_DAY_NAME = "(?:Monday|Tuesday|Wednesday|Thursday|Friday|Saturday|Sunday)";
const MONTH = `(?<month>${MONTHS.join("|")})`;
const TIME = "(?<hour>[0-9]{2}):(?<minute>[0-9]{2}):(?<second>[0-9]{2})";

// Not Date.parse: it accepts "2020", "1 Jan 2020 GMT+5" and other formats that no RFC defines, and engines differ. The
// names are case-sensitive (RFC 9110 §5.6.7), and the digits ASCII.
const FORMS: readonly RegExp[] = [
  // IMF-fixdate: Sun, 06 Nov 1994 08:49:37 GMT
  new RegExp(`^${DAY_NAME}, (?<day>[0-9]{2}) ${MONTH} (?<year>[0-9]{4}) ${TIME} GMT$`),
  // rfc850-date: Sunday, 06-Nov-94 08:49:37 GMT
  new RegExp(`^${LONG_DAY_NAME}, (?<day>[0-9]{2})-${MONTH}-(?<shortYear>[0-9]{2}) ${TIME} GMT$`),
  // asctime-date: Sun Nov  6 08:49:37 1994
  new RegExp(`^${DAY_NAME} ${MONTH} (?<day>[0-9]{2}| [0-9]) ${TIME} (?<year>[0-9]{4})$`),
];

/** The first and the last second with a four-digit year. */
const EARLIEST = -62_167_219_200;
const LATEST = 253_402_300_799;

/**
 * Writes a point in time as an IMF-fixdate, `Sun, 06 Nov 1994 08:49:37 GMT`: the only form that may be sent.
 *
 * Python's `date_time_string(timestamp)`.
 *
 * @param seconds - seconds since the epoch; a fraction is dropped, towards the past
 * @throws RangeError if `seconds` is not a number, or outside the years 0000 to 9999
 * @example
 * formatHttpDate(784111777.9); // "Sun, 06 Nov 1994 08:49:37 GMT"
 */
export function formatHttpDate(seconds: number): string {
  const whole = Math.floor(seconds);
  if (!(whole >= EARLIEST && whole <= LATEST)) {
    throw new RangeError(`seconds must be a time in the years 0000 to 9999, not ${seconds}`);
  }
  // ECMA-262 defines toUTCString as this very form, English names included.
  return new Date(whole * 1000).toUTCString();
}

/**
 * Reads a date in one of the three forms of RFC 9110 §5.6.7: IMF-fixdate, the obsolete rfc850-date, or asctime.
 *
 * Strict: other forms, zones and spellings, and days or times that do not exist (31 February, hour 24) give
 * `undefined`, which a recipient treats as if the field were absent. The name of the weekday must be one, but is not
 * compared with the date. Second 60 is accepted at 23:59, where leap seconds occur; it counts as the next second.
 *
 * @param text - the field value, without white space around it
 * @param now - seconds since the epoch; decides the century of a two-digit year
 * @returns seconds since the epoch, or `undefined`
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
  // A day that does not exist has become a day of the next month.
  return midnight.getUTCDate() === day ? midnight.getTime() / 1000 + time : undefined;
}

function timeOfDay(hour: number, minute: number, second: number): number | undefined {
  const lastSecond = hour === 23 && minute === 59 ? 60 : 59;
  if (hour > 23 || minute > 59 || second > lastSecond) return undefined;
  return hour * 3600 + minute * 60 + second;
}

/** The last year with these two digits that is not more than 50 years ahead (RFC 9110 §5.6.7). */
function fullYear(shortYear: number, month: number, day: number, time: number, now: number): number {
  const horizon = new Date(now * 1000);
  horizon.setUTCFullYear(horizon.getUTCFullYear() + 50);

  const year = Math.floor(horizon.getUTCFullYear() / 100) * 100 + shortYear;
  const isBeyond = midnightOf(year, month, day).getTime() + time * 1000 > horizon.getTime();
  return isBeyond ? year - 100 : year;
}

function midnightOf(year: number, month: number, day: number): Date {
  const midnight = new Date(0);
  midnight.setUTCFullYear(year, month, day); // Date.UTC would take the years 0 to 99 for 1900 to 1999
  return midnight;
}
