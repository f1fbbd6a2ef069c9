// @ts-check

/**
 * Number and length of the measurements.
 *
 * @typedef {object} Timing
 * @property {number} rounds
 * @property {number} seconds - of one round
 * @property {number} warmUpSeconds - for each server, before the first round
 */

/**
 * Measures several servers in turns, A B C A B C. If the machine becomes slower, it becomes slower for all of them.
 *
 * @template Sample
 * @param {readonly import("./server-process.mjs").RunningServer[]} servers
 * @param {number} rounds
 * @param {(server: import("./server-process.mjs").RunningServer, round: number) => Promise<Sample>} measure
 * @returns {Promise<Map<string, Sample[]>>} by the names of the servers, in their order; one sample for each round
 */
export async function takeTurns(servers, rounds, measure) {
  /** @type {Map<string, Sample[]>} */
  const samples = new Map(servers.map(({ peer }) => [peer.name, []]));
  for (let round = 1; round <= rounds; round++) {
    for (const server of servers) samples.get(server.peer.name)?.push(await measure(server, round));
  }
  return samples;
}
