import { formatHttpDate } from "../http1/http-date.js";
import { type FieldBlock, fieldBlock } from "../http1/response-head.js";

let last = { server: "", date: "", block: fieldBlock([]) };

/**
 * Remembers the text of the last second, because a busy server needs it for each request.
 *
 * @returns a function of a time in milliseconds; default: now
 */
export function oncePerSecond(format: (seconds: number) => string): (time?: number) => string {
  let last = Number.NaN;
  let text = "";
  return (time = Date.now()) => {
    const second = Math.floor(time / 1000);
    if (second !== last) {
      last = second;
      text = format(second);
    }
    return text;
  };
}

/** Returns the current value of `Date`. */
export const currentDate: () => string = oncePerSecond(formatHttpDate);

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
