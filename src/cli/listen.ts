import { isIP } from "node:net";
import { resolve } from "node:path";
import type { ListenAddress } from "../http/listen-address.js";
import { type Parsed, quote } from "./option.js";
import { ADDRESS, PATH, PORT } from "./option-values.js";

/**
 * Parses an address to listen on: `host:port`, `[::1]:8080`, `:8080` for all interfaces, `unix:/path`, or `fd:3` for a
 * socket that the command inherits.
 */
export function parseListen(text: string): Parsed<ListenAddress> {
  const [, scheme, rest = ""] = /^(unix|fd):(.*)$/s.exec(text) ?? [];
  if (scheme === "unix") return parseUnix(rest);
  if (scheme === "fd") return parseDescriptor(rest);
  return parseHostAndPort(text);
}

/** Makes a relative path after `unix:` relative to its config file. */
export function rebaseListen(word: string, directory: string): string {
  return /^unix:./.test(word) ? `unix:${resolve(directory, word.slice(5))}` : word;
}

function parseUnix(path: string): Parsed<ListenAddress> {
  return PATH.allows(path) ? { value: { path } } : { problem: `${quote(path)} is not ${PATH.allowed}` };
}

function parseDescriptor(text: string): Parsed<ListenAddress> {
  if (/^\d{1,6}$/.test(text)) return { value: { fd: Number(text) } };
  return { problem: `${quote(text)} is not the number of a descriptor` };
}

function parseHostAndPort(text: string): Parsed<ListenAddress> {
  const [, bracketed, name, port = ""] = /^(?:\[([^\]]*)\]|([^:]*)):([^:]*)$/s.exec(text) ?? [];
  if (bracketed === undefined && name === undefined) {
    return {
      problem: `${quote(text)} is not HOST:PORT, [IPV6]:PORT, :PORT, unix:PATH or fd:NUMBER${/^\d+$/.test(text) ? ` (write :${text})` : ""}`,
    };
  }
  if (!/^\d{1,5}$/.test(port) || Number(port) > 65535)
    return { problem: `${quote(port)} is not ${PORT.allowed}` };
  if (bracketed !== undefined && isIP(bracketed.replace(/%.*$/, "")) !== 6)
    return { problem: `${quote(bracketed)} is not an IPv6 address` };
  const host = bracketed ?? name ?? "";
  if (host === "") return { value: { host: null, port: Number(port) } };
  return ADDRESS.allows(host)
    ? { value: { host, port: Number(port) } }
    : { problem: `${quote(host)} is not ${ADDRESS.allowed}` };
}

/**
 * Explains why listening failed, and what the user can do.
 *
 * @param firstPort - the first port, if several were tried
 * @returns a clause; `null` if the error has another cause
 */
export function explainListenError(error: unknown, firstPort: number | null): string | null {
  if (!(error instanceof Error)) return null;
  const { code, listen_address: address } = error as Error & {
    code?: string;
    listen_address?: ListenAddress;
  };
  if (code === undefined || address === undefined) return null;
  if ("fd" in address)
    return `fd:${address.fd} is not a listening socket: systemd passes sockets from descriptor 3 on`;
  if ("path" in address) return explainPath(code, address.path) ?? null;
  return explainPort(code, address.host ?? "", address.port, firstPort);
}

function explainPath(code: string, path: string): string | null {
  const where = quote(`unix:${path}`);
  switch (code) {
    case "EADDRINUSE":
      return `${where} is in use: another program listens there, or it is not a socket`;
    // Node reports EACCES for a missing directory.
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
        ? `ports ${firstPort} to ${port} are in use by other programs: choose another one, or 0 for any free port`
        : `port ${port} is in use by another program: choose another one, or 0 for any free port`;
    case "EACCES":
      return `no permission to listen on port ${port}: ports below 1024 need privileges, try 8000`;
    case "EADDRNOTAVAIL":
    case "EAFNOSUPPORT":
    case "EINVAL":
      return `${quote(host)} is not an address of this machine: leave it out to listen on all addresses`;
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return `the address of ${quote(host)} can't be found: check the name, or use an IP address`;
    default:
      return null;
  }
}
