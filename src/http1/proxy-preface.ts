/** How the PROXY protocol begins in version 1. */
const LINE = /^PROXY (?:TCP4|TCP6|UNKNOWN)(?: |\r?\n|$)/;

/** How the PROXY protocol begins in version 2: two empty lines, and this. */
export const PROXY_SIGNATURE = Buffer.from("\0\r\nQUIT\n", "latin1");
const SIGNATURE = `\r\n\r\n${PROXY_SIGNATURE.toString("latin1")}`;

/**
 * True if a connection begins with the PROXY protocol, which some proxies and load balancers send before the client's
 * bytes.
 *
 * @param text - as latin-1: a first line, or more
 */
export function isProxyPreface(text: string): boolean {
  return text.startsWith(SIGNATURE) || LINE.test(text);
}
