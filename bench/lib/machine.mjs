// @ts-check
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { cpus, loadavg } from "node:os";
import { fileURLToPath } from "node:url";
import { isSubject, SUBJECT } from "./peers.mjs";
import { findProgram } from "./programs.mjs";

/**
 * Circumstances of a measurement. Without them, its numbers mean nothing.
 *
 * @typedef {object} Machine
 * @property {string} date - ISO 8601
 * @property {string} command
 * @property {string} processor
 * @property {number} cores
 * @property {number} load - the machine's load average over the last minute before the run: 0 is a quiet machine
 * @property {string} node - the version that the servers run on
 * @property {string} pinning
 * @property {Readonly<Record<string, string>>} versions - of the peers and of the load generator
 */

/**
 * @param {import("./server-process.mjs").Rig} rig
 * @param {readonly import("./peers.mjs").Peer[]} peers
 * @param {readonly string[]} args - of the command line
 * @returns {Machine}
 */
export function describeMachine(rig, peers, args) {
  const processors = cpus();
  return {
    date: new Date().toISOString(),
    command: ["npm run bench", ...(args.length > 0 ? ["--", ...args] : [])].join(" "),
    processor: processors[0]?.model.trim() ?? "unknown",
    cores: processors.length,
    load: loadavg()[0] ?? 0,
    node: execFileSync(rig.node, ["--version"], { encoding: "utf8" }).trim(),
    pinning: rig.pinning.description,
    versions: { ...Object.fromEntries(peers.flatMap(versionOf)), wrk: programVersion("wrk", "-v") },
  };
}

/**
 * @param {Machine} machine
 * @returns {string}
 */
export function formatMachine(machine) {
  const versions = Object.entries(machine.versions).map(([name, version]) => `${name} ${version}`);
  return [
    `${machine.date}  ${machine.command}`,
    `${machine.processor}, ${machine.cores} cores, load ${machine.load.toFixed(2)}, Node ${machine.node}; ${versions.join(", ")}`,
    machine.pinning,
  ].join("\n");
}

/**
 * Returns the Node.js for the servers: the project's development dependency, otherwise the one that runs this program.
 *
 * @returns {string}
 */
export function serverNode() {
  const ofProject = fileURLToPath(new URL("../../node_modules/.bin/node", import.meta.url));
  return existsSync(ofProject) ? ofProject : process.execPath;
}

/**
 * @param {import("./peers.mjs").Peer} peer
 * @returns {[name: string, version: string][]} empty for servers that are part of Node
 */
function versionOf(peer) {
  if (isSubject(peer)) return [[SUBJECT, packageVersion("../../package.json")]];
  if (peer.package !== undefined) {
    return [[peer.package, packageVersion(`../node_modules/${peer.package}/package.json`)]];
  }
  if (peer.program === undefined) return [];
  return [[peer.program, programVersion(peer.program, peer.program === "nginx" ? "-v" : "--version")]];
}

/**
 * @param {string} path - of a package.json, relative to this file
 * @returns {string}
 */
function packageVersion(path) {
  return JSON.parse(readFileSync(new URL(path, import.meta.url), "utf8")).version;
}

/**
 * @param {string} program
 * @param {string} option - which makes it print its version, on standard output or standard error
 * @returns {string}
 */
function programVersion(program, option) {
  const { stdout, stderr } = spawnSync(findProgram(program) ?? program, [option], { encoding: "utf8" });
  return /\d+(\.\d+)+/.exec(`${stdout}${stderr}`)?.[0] ?? "(unknown)";
}
