/**
 * Times of a listing, in UTC.
 *
 * @module
 */

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
