// @ts-check

/**
 * Result of a measurement, for the terminal and the documentation.
 *
 * @typedef {object} Table
 * @property {string} title
 * @property {readonly string[]} head
 * @property {readonly (readonly string[])[]} rows
 * @property {readonly string[]} warnings
 */

/**
 * Formats a table for the terminal. Columns are as wide as necessary. The first one, with names, is aligned left; the
 * others right.
 *
 * @param {Table} table
 * @returns {string}
 */
export function formatText({ title, head, rows, warnings }) {
  const widths = head.map((_, column) => Math.max(...[head, ...rows].map((row) => row[column]?.length ?? 0)));
  const line = (/** @type {readonly string[]} */ row) =>
    row.map((cell, column) => align(cell, widths[column] ?? 0, column)).join("  ");
  const ruler = widths.map((width) => "-".repeat(width)).join("  ");
  return [title, [line(head), ruler, ...rows.map(line)].join("\n"), ...warnings].join("\n\n");
}

/**
 * @param {string} cell
 * @param {number} width
 * @param {number} column
 * @returns {string}
 */
function align(cell, width, column) {
  return column === 0 ? cell.padEnd(width) : cell.padStart(width);
}

/**
 * Formats a table for a page, with exactly the same cells.
 *
 * @param {Table} table
 * @returns {string}
 */
export function formatMarkdown({ title, head, rows, warnings }) {
  const line = (/** @type {readonly string[]} */ row) => `| ${row.join(" | ")} |`;
  const ruler = `| ${head.map((_, column) => (column === 0 ? "---" : "--:")).join(" | ")} |`;
  return [`**${title}**`, [line(head), ruler, ...rows.map(line)].join("\n"), ...warnings].join("\n\n");
}

/**
 * @param {number} value
 * @param {number} [digits] - after the point
 * @returns {string} with separated thousands, the same in every locale
 */
export function formatNumber(value, digits = 0) {
  return value.toLocaleString("en-US", { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

/**
 * Returns two cells: the median, and the range of the rounds.
 *
 * @param {import("./statistics.mjs").Summary} summary
 * @param {number} [digits] - after the point
 * @returns {[median: string, range: string]}
 */
export function summaryCells({ median, lowest, highest }, digits = 0) {
  return [
    formatNumber(median, digits),
    `${formatNumber(lowest, digits)} to ${formatNumber(highest, digits)}`,
  ];
}
