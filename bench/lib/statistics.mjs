// @ts-check

/**
 * The middle and both ends of some measurements.
 *
 * @typedef {object} Summary
 * @property {number} median
 * @property {number} lowest
 * @property {number} highest
 */

/**
 * @param {readonly number[]} values - at least one
 * @returns {Summary}
 */
export function summarize(values) {
  if (values.length === 0) throw new RangeError("values is empty: there is nothing to summarize");
  const sorted = [...values].sort((a, b) => a - b);
  const at = (/** @type {number} */ index) => sorted[index] ?? Number.NaN;
  const middle = (sorted.length - 1) / 2;
  return {
    median: (at(Math.floor(middle)) + at(Math.ceil(middle))) / 2,
    lowest: at(0),
    highest: at(sorted.length - 1),
  };
}

/**
 * How many times as fast one server was as another, round by round. A machine's speed wanders from minute to minute; two
 * neighbouring measurements suffer alike, so their quotient is steadier than the quotient of two medians.
 *
 * @param {readonly number[]} numerators
 * @param {readonly number[]} denominators - of the same rounds
 * @returns {Summary}
 */
export function summarizeRatios(numerators, denominators) {
  return summarize(numerators.map((value, round) => value / (denominators[round] ?? Number.NaN)));
}
