import { isIP } from "node:net";
import { resolve } from "node:path";
import type { ListenAddress } from "../http/listen-address.js";
import type { Parsed } from "./option.js";
import { parseAddress, parsePath, parsePort, quote } from "./option-values.js";

/**
 * Where to listen: `host:port`, `[::1]:8080`, `:8080` for all interfaces, `unix:/path`, or `fd:3` for a socket that the
 * command inherits.
 */
export function parseListen(text: string): Parsed<ListenAddress> {
  const [, scheme, rest = ""] = /^(unix|fd):(.*)$/s.exec(text) ?? [];
  if (scheme === "unix") return parseUnix(rest);
  if (scheme === "fd") return parseDescriptor(rest);
  return parseHostAndPort(text);
}

/** A relative path after `unix:` is relative to its config file. */
export function rebaseListen(word: string, directory: string): string {
  return /^unix:./.test(word) ? `unix:${resolve(directory, word.slice(5))}` : word;
}

/** As it is written. */
export function formatListen(address: ListenAddress): string {
  if ("path" in address) return `unix:${address.path}`;
  if ("fd" in address) return `fd:${address.fd}`;
  const { host, port } = address;
  return `${host === null ? "" : isIP(host) === 6 ? `[${host}]` : host}:${port}`;
}

function parseUnix(path: string): Parsed<ListenAddress> {
  const parsed = parsePath(path);
  return "problem" in parsed ? parsed : { value: { path: parsed.value } };
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
  const parsed = parsePort(port);
  if ("problem" in parsed) return parsed;
  if (bracketed !== undefined && isIP(bracketed.replace(/%.*$/, "")) !== 6)
    return { problem: `${quote(bracketed)} is not an IPv6 address` };
  const host = bracketed ?? name ?? "";
  if (host === "") return { value: { host: null, port: parsed.value } };
  const address = parseAddress(host);
  return "problem" in address ? address : { value: { host: address.value, port: parsed.value } };
}
