/** Node's permission model; absent without `--permission`. */
type Permission = NonNullable<typeof process.permission>;

/**
 * Checks that `node --permission` grants the rights that serving needs. Without them, every request would get 404.
 *
 * @param directory - the served directory
 * @param usesThreads - true if connections are passed to threads
 * @returns the problem, with the options to add to Node, or `null`
 */
export function missingRights(directory: string, usesThreads: boolean): string | null {
  const permission: Permission | undefined = process.permission;
  if (permission === undefined) return null;
  const rights: readonly (readonly [isGiven: boolean, option: string])[] = [
    [permission.has("fs.read", directory), `--allow-fs-read=${directory}`],
    // Returns the place of an open file, which must be inside the directory.
    [process.platform !== "linux" || permission.has("fs.read", "/proc/self/fd/0"), "--allow-fs-read=/proc/"],
    [!isRestricted("--allow-net") || permission.has("net"), "--allow-net"],
    [!usesThreads || permission.has("worker"), "--allow-worker (or give pyserve --threads 0)"],
  ];
  const missing = rights.filter(([isGiven]) => !isGiven).map(([, option]) => option);
  return missing.length === 0
    ? null
    : `node --permission forbids what serving needs: add ${missing.join(" ")}`;
}

/** True if this Node restricts an operation that has its own option: older versions don't restrict the network. */
function isRestricted(option: string): boolean {
  return process.allowedNodeEnvironmentFlags.has(option);
}
