// @ts-check

/**
 * The directory to serve: the one argument of every file server here.
 *
 * @returns {string}
 */
export function servedDirectory() {
  const directory = process.argv[2];
  if (directory === undefined)
    throw new TypeError("the directory to serve is missing: give it as an argument");
  return directory;
}
