import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import { utcTime } from "#src/files/utc-time.js";

test("`utcTime` says what `toISOString` says, for any time that there is", () => {
  fc.assert(
    fc.property(fc.double({ min: -8.64e15, max: 8.64e15, noNaN: true }), (milliseconds) => {
      // Dates are cut to whole milliseconds towards zero, file times to seconds downwards.
      const whole = Math.floor(milliseconds / 1000) * 1000;
      fc.pre(whole >= -8.64e15);
      const { date, time, seconds } = utcTime(milliseconds);
      assert.equal(`${date}T${time}:${seconds}.000Z`, new Date(whole).toISOString());
    }),
    { numRuns: 1000 },
  );
});

test("`utcTime` keeps apart the days that it is asked for in turns", () => {
  const shown = [0, 86_400_000, 86_399_999, -1].map((milliseconds) =>
    Object.values(utcTime(milliseconds)).join(" "),
  );
  assert.deepEqual(shown, [
    "1970-01-01 00:00 00",
    "1970-01-02 00:00 00",
    "1970-01-01 23:59 59",
    "1969-12-31 23:59 59",
  ]);
});
