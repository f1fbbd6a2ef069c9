import type { ListenAddress } from "../http/listen-address.js";
import { formatListen } from "./listen-value.js";
import { quote } from "./option-values.js";

/**
 * Explains to the user why listening failed, and what to do.
 *
 * @param firstPort - the first port, if several were tried
 * @returns a clause; `null` for any other error
 */
export function explainListenError(error: unknown, firstPort: number | null): string | null {
  if (!(error instanceof Error)) return null;
  const { code, listen_address: address } = error as Error & {
    code?: string;
    listen_address?: ListenAddress;
  };
  if (code === undefined || address === undefined) return null;
  if ("fd" in address)
    return `${formatListen(address)} is no socket that listens: systemd passes them from 3 on`;
  if ("path" in address) return explainPath(code, address.path) ?? null;
  return explainPort(code, address.host ?? "", address.port, firstPort);
}

function explainPath(code: string, path: string): string | null {
  const where = quote(`unix:${path}`);
  switch (code) {
    case "EADDRINUSE":
      return `${where} is taken: another program listens there, or it is no socket`;
    // Node says the former for the latter.
    case "EACCES":
    case "ENOENT":
      return `cannot listen on ${where}: there is no such directory, or no permission to write there`;
    default:
      return `cannot listen on ${where}: ${code}`;
  }
}

function explainPort(code: string, host: string, port: number, firstPort: number | null): string | null {
  switch (code) {
    case "EADDRINUSE":
      return firstPort !== null && firstPort < port
        ? `ports ${firstPort} to ${port} are taken by other programs: name another one, or 0 for any that is free`
        : `port ${port} is taken by another program: try another one, or 0 for any that is free`;
    case "EACCES":
      return `no permission to listen on port ${port}: ports below 1024 need privileges, try 8000`;
    case "EADDRNOTAVAIL":
    case "EAFNOSUPPORT":
    case "EINVAL":
      return `${quote(host)} is not an address of this machine: leave it out to listen on all of them`;
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return `the address of ${quote(host)} can't be found: check the name, or give a number`;
    default:
      return null;
  }
}
