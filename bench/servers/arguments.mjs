// @ts-check

/**
 * Returns the directory to serve, or the one with the certificate: the first argument of every server here.
 *
 * @returns {string}
 */
export function servedDirectory() {
  const directory = process.argv[2];
  if (directory === undefined)
    throw new TypeError("the directory to serve is missing: give it as an argument");
  return directory;
}

/**
 * Returns the number of threads or processes that serve: the second argument of servers that can have several.
 *
 * @returns {number} 0 if it is missing
 */
export function threadCount() {
  return Number(process.argv[3] ?? 0);
}
