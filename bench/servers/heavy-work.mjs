// @ts-check
import { pbkdf2Sync } from "node:crypto";

/**
 * About 5 ms on a server of 2020. It is a number of steps, not a time: time also passes while another program has the
 * core. The steps are not JavaScript: its CPU time depends on how the compiler has inlined it, and can become six times
 * as long in the middle of a run.
 */
const ITERATIONS = 40_000;

/**
 * Keeps a core busy, as checking a password does. It uses little memory, so two of these hardly disturb each other.
 *
 * @returns {string} the same every time
 */
export function compute() {
  return pbkdf2Sync("password", "salt", ITERATIONS, 32, "sha256").toString("hex");
}
