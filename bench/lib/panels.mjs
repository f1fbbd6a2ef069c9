// @ts-check
import { isSubject } from "./peers.mjs";
import { summarize } from "./statistics.mjs";
import { formatNumber } from "./table.mjs";

/** @typedef {import("./chart.mjs").Panel} Panel */
/** @typedef {import("./statistics.mjs").Summary} Summary */

/**
 * @param {{ name: string, rows: readonly { peer: string, rate: Summary }[] }} result
 * @param {string} unit
 * @returns {Panel}
 */
export function panelOfRates({ name, rows }, unit) {
  return { title: `${name}, ${unit}`, bars: rows.map(({ peer, rate }) => bar(peer, rate)) };
}

/**
 * @param {import("./memory.mjs").MemoryResult} result
 * @returns {Panel}
 */
export function panelOfGrowth({ name, rows }) {
  const bars = rows.map(({ peer, growth }) => bar(peer, growth, 1));
  return { title: `${name}, MiB more at the peak of a download: less is better`, bars };
}

/**
 * @param {import("./latency.mjs").LatencyResult} result
 * @returns {Panel}
 */
export function panelOfLatency({ name, rows }) {
  const bars = rows.flatMap(({ peer, samples }) => [
    bar(`${peer}, idle`, summarize(samples.map(({ idle }) => idle.p99)), 3),
    bar(`${peer}, busy`, summarize(samples.map(({ busy }) => busy.p99)), 3),
  ]);
  return { title: `${name}, ms that 99 of 100 light requests do not exceed: less is better`, bars };
}

/**
 * @param {import("./hand-off.mjs").HandOffResult} result
 * @returns {Panel}
 */
export function panelOfCosts({ name, rows }) {
  const bars = rows.map(({ peer, cost }) => bar(peer, cost));
  return { title: `${name}, µs of CPU time for a connection with one request: less is better`, bars };
}

/**
 * @param {import("./idle.mjs").IdleResult} result
 * @returns {Panel}
 */
export function panelOfIdle({ name, rows }) {
  const bars = rows.map(({ peer, holds }) => bar(peer, holds, 1));
  return { title: `${name}, KiB for each: less is better`, bars };
}

/**
 * @param {import("./slow-disk.mjs").SlowDiskResult} result
 * @returns {Panel}
 */
export function panelOfShares({ name, rows }) {
  const bars = rows.map(({ peer, share }) => bar(peer, share, 2));
  return { title: `${name}, share of the rate that is left`, bars };
}

/**
 * @param {import("./start.mjs").StartResult} result
 * @returns {Panel}
 */
export function panelOfStarts({ name, rows }) {
  return { title: `${name}, ms: less is better`, bars: rows.map(({ peer, start }) => bar(peer, start)) };
}

/**
 * @param {import("./calls.mjs").CallsResult} result
 * @returns {Panel}
 */
export function panelOfCalls({ name, rows }) {
  const bars = rows.map(({ peer, calls }) => ({
    ...bar(peer, summarize(calls)),
    kind: /** @type {const} */ ("subject"),
  }));
  return { title: `${name} of pyserve's own functions: less is better`, bars };
}

/**
 * @param {string} label
 * @param {Summary} summary
 * @param {number} [digits]
 * @returns {import("./chart.mjs").Bar}
 */
function bar(label, summary, digits) {
  const [peer = ""] = label.split(", ");
  return { label, ...summary, text: formatNumber(summary.median, digits), kind: kindOf(peer) };
}

/**
 * @param {string} peer
 * @returns {import("./chart.mjs").Bar["kind"]}
 */
function kindOf(peer) {
  if (peer.startsWith("raw-")) return "ceiling";
  return isSubject({ name: peer }) ? "subject" : "peer";
}
