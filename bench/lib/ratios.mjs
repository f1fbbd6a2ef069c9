// @ts-check
import { SUBJECT } from "./peers.mjs";
import { summarizeRatios } from "./statistics.mjs";
import { summaryCells } from "./table.mjs";

/** A ratio whose rounds differ by more than this factor says more about the machine than about the servers. */
const STEADY_WITHIN = 1.5;

/**
 * The baselines' rates, each divided by those of one server.
 *
 * @typedef {readonly import("./statistics.mjs").Summary[]} Ratios - in the order of the baselines
 */

/**
 * Chooses the servers that the others are compared with.
 *
 * @param {readonly string[]} names - of the servers that take part
 * @param {readonly string[]} [subjects]
 * @returns {readonly string[]} the subjects that take part, or the first server if none does
 */
export function chooseBaselines(names, subjects = [SUBJECT]) {
  const present = names.filter((name) => subjects.includes(name));
  return present.length > 0 ? present : names.slice(0, 1);
}

/**
 * @param {readonly string[]} baselines
 * @param {ReadonlyMap<string, readonly number[]>} rates - of each server, one for each round
 * @param {readonly number[]} own
 * @returns {Ratios}
 */
export function ratiosTo(baselines, rates, own) {
  return baselines.map((baseline) => summarizeRatios(rates.get(baseline) ?? [], own));
}

/**
 * @param {readonly string[]} baselines
 * @returns {string[]}
 */
export function ratioHead(baselines) {
  return baselines.flatMap((baseline) => [`${baseline} ÷ it`, "range"]);
}

/**
 * @param {Ratios} ratios
 * @returns {string[]}
 */
export function ratioCells(ratios) {
  return ratios.flatMap((ratio) => summaryCells(ratio, 2));
}

/**
 * @param {readonly { peer: string, ratios: Ratios }[]} rows
 * @returns {string[]}
 */
export function unsteadyWarnings(rows) {
  const unsteady = rows
    .filter(({ ratios }) => ratios.some(({ lowest, highest }) => highest / lowest > STEADY_WITHIN))
    .map(({ peer }) => peer);
  if (unsteady.length === 0) return [];
  const who = unsteady.join(", ");
  return [
    `UNSTEADY: the ratio to ${who} varied too much. Repeat on a quiet machine, or with more and shorter rounds.`,
  ];
}
