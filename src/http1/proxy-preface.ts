/** Beginning of the PROXY protocol, version 1. */
const LINE = /^PROXY (?:TCP4|TCP6|UNKNOWN)(?: |\r?\n|$)/;

/** Beginning of the PROXY protocol, version 2, after two empty lines. */
export const PROXY_SIGNATURE = "\0\r\nQUIT\n";
const SIGNATURE = `\r\n\r\n${PROXY_SIGNATURE}`;

/**
 * Returns true if a connection begins with the PROXY protocol. Some proxies and load balancers send it before the
 * client's bytes.
 *
 * @param text - at least the first line, as latin-1
 */
export function isProxyPreface(text: string): boolean {
  return text.startsWith(SIGNATURE) || LINE.test(text);
}
