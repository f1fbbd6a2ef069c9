import { formatHttpDate } from "../http1/http-date.js";
import { type FieldBlock, fieldBlock } from "../http1/response-head.js";

let second = Number.NaN;
let text = "";
let last = { server: "", date: "", block: fieldBlock([]) };

/** Returns the current value of `Date`. Created once per second, because every response has one. */
export function currentDate(): string {
  const now = Math.floor(Date.now() / 1000);
  if (now !== second) {
    second = now;
    text = formatHttpDate(now);
  }
  return text;
}

/** Returns the fields of every response. Checked once per second. */
export function serverAndDate(server: string, date: string): FieldBlock {
  if (last.server !== server || last.date !== date) {
    const block = fieldBlock([
      ["Server", server],
      ["Date", date],
    ]);
    last = { server, date, block };
  }
  return last.block;
}
