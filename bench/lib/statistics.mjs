// @ts-check

/**
 * The median and the extremes of some measurements.
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
 * Returns the value that a share of all values does not exceed: 99 % are not above `percentile(values, 0.99)`.
 *
 * @param {readonly number[]} values - at least one
 * @param {number} share - above 0, at most 1
 * @returns {number} one of `values`
 */
export function percentile(values, share) {
  if (values.length === 0) throw new RangeError("values is empty: it has no percentile");
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.ceil(share * sorted.length) - 1] ?? Number.NaN;
}

/**
 * Returns how many times as fast one server was as another, round by round. A machine's speed changes from minute to
 * minute, but two neighbouring measurements are affected alike. So their quotient is steadier than the quotient of two
 * medians.
 *
 * @param {readonly number[]} numerators
 * @param {readonly number[]} denominators - of the same rounds
 * @returns {Summary}
 */
export function summarizeRatios(numerators, denominators) {
  return summarize(numerators.map((value, round) => value / (denominators[round] ?? Number.NaN)));
}

/**
 * Returns the differences between one server's values and another's, round by round.
 *
 * @param {readonly number[]} minuends
 * @param {readonly number[]} subtrahends - of the same rounds
 * @returns {Summary}
 */
export function summarizeDifferences(minuends, subtrahends) {
  return summarize(minuends.map((value, round) => value - (subtrahends[round] ?? Number.NaN)));
}
