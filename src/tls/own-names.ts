import * as os from "node:os";
import { parseServerName } from "./server-name.js";

/** The functions of `node:os` that name the machine. */
export type NamingSystem = Pick<typeof os, "hostname" | "networkInterfaces">;

const LOOPBACK = ["localhost", "127.0.0.1", "::1"] as const;

/**
 * Returns the names of this machine: `localhost` and its addresses, the host name, and the addresses of its interfaces.
 *
 * It leaves out names that a certificate can't contain: addresses with a zone (link-local IPv6, `fe80::1%eth0`), and a
 * host name that is invalid in DNS (`my_pc`).
 *
 * @param system - `node:os`, or a replacement for tests
 * @returns the names, `localhost` first, each once
 */
export function ownNames(system: NamingSystem = os): string[] {
  const names = [...LOOPBACK, system.hostname().toLowerCase(), ...interfaceAddresses(system)];
  return [...new Set(names)].filter((name) => parseServerName(name) !== undefined);
}

function interfaceAddresses(system: NamingSystem): string[] {
  const interfaces = Object.values(askForInterfaces(system)).flatMap((addresses) => addresses ?? []);
  return interfaces.filter(({ scopeid = 0 }) => scopeid === 0).map(({ address }) => address);
}

// On Android, applications may not list interfaces, and Node throws: https://github.com/vercel/serve/issues/746. The
// server can still serve localhost.
function askForInterfaces(system: NamingSystem): ReturnType<typeof os.networkInterfaces> {
  try {
    return system.networkInterfaces();
  } catch {
    return {};
  }
}
