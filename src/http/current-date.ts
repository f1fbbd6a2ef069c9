import { memo } from "../files/memo.js";
import { formatHttpDate } from "../http1/http-date.js";
import { type FieldBlock, fieldBlock } from "../http1/response-head.js";

/**
 * Remembers the text of the last second, because a busy server needs it for each request.
 *
 * @returns a function of a time in milliseconds; default: now
 */
export function oncePerSecond(format: (seconds: number) => string): (time?: number) => string {
  const textOf = memo(format);
  return (time = Date.now()) => textOf(Math.floor(time / 1000));
}

/** Returns the current value of `Date`. */
export const currentDate: () => string = oncePerSecond(formatHttpDate);

/** Returns the fields of every response. Checked once per second. */
export function serverAndDate(server: string, date: string): FieldBlock {
  return blockOf(server)(date);
}

const blockOf = memo((server: string) =>
  memo((date: string) =>
    fieldBlock([
      ["Server", server],
      ["Date", date],
    ]),
  ),
);
