// @ts-check

/**
 * The directory to serve, or with the certificate: the first argument of every server here.
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
 * How many threads or processes serve: the second argument of those servers that can have several.
 *
 * @returns {number} 0 where it is left out
 */
export function threadCount() {
  return Number(process.argv[3] ?? 0);
}
