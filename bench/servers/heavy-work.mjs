// @ts-check
import { pbkdf2Sync } from "node:crypto";

/**
 * About 5 ms on a server of 2020. A number of steps and not a time: a time also passes while another program has the core.
 * And not steps of JavaScript: how much CPU time those take depends on what the compiler has inlined them into, and can
 * become six times as much in the middle of a run.
 */
const ITERATIONS = 40_000;

/**
 * Keeps a core busy, as checking a password does, and hardly touches memory: two of these disturb each other little.
 *
 * @returns {string} the same every time
 */
export function compute() {
  return pbkdf2Sync("password", "salt", ITERATIONS, 32, "sha256").toString("hex");
}
