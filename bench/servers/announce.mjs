// @ts-check

/**
 * Tells the runner, in one line of JSON on standard output, that a server accepts connections. The server ends with the
 * runner: standard input is a pipe that ends when the runner has ended, for any reason.
 *
 * @param {number} port - the port on 127.0.0.1
 * @param {number} [pid] - the process that serves. Default: this one
 */
export function announce(port, pid = process.pid) {
  process.stdin.resume().once("end", () => process.kill(process.pid, "SIGTERM"));
  console.log(JSON.stringify({ port, pid }));
}

/**
 * Returns the port of a listening `net.Server`, or of anything based on one.
 *
 * @param {import("node:net").Server} server
 * @returns {number}
 */
export function portOf(server) {
  const address = server.address();
  if (address === null || typeof address === "string") throw new TypeError(`not a TCP address: ${address}`);
  return address.port;
}
