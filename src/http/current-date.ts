import { formatHttpDate } from "../http1/http-date.js";

let second = Number.NaN;
let text = "";

/** The value of `Date` at this moment; made once per second, since every response has one. */
export function currentDate(): string {
  const now = Math.floor(Date.now() / 1000);
  if (now !== second) {
    second = now;
    text = formatHttpDate(now);
  }
  return text;
}
