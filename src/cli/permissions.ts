/** Node's permission model; absent without `--permission`. */
type Permission = NonNullable<typeof process.permission>;

/**
 * Says which rights serving needs that `node --permission` does not give. Without them every request would be a 404.
 *
 * @param directory - that is served
 * @param usesThreads - whether connections are handed to threads
 * @returns what is wrong, with the options of Node's to add, or `null`
 */
export function missingRights(directory: string, usesThreads: boolean): string | null {
  const permission: Permission | undefined = process.permission;
  if (permission === undefined) return null;
  const rights: readonly (readonly [isGiven: boolean, option: string])[] = [
    [permission.has("fs.read", directory), `--allow-fs-read=${directory}`],
    // Says where an open file is, which must not be outside of the directory.
    [process.platform !== "linux" || permission.has("fs.read", "/proc/self/fd/0"), "--allow-fs-read=/proc/"],
    [!isRestricted("--allow-net") || permission.has("net"), "--allow-net"],
    [!usesThreads || permission.has("worker"), "--allow-worker (or give pyserve --threads 0)"],
  ];
  const missing = rights.filter(([isGiven]) => !isGiven).map(([, option]) => option);
  return missing.length === 0
    ? null
    : `node --permission forbids what serving needs: add ${missing.join(" ")}`;
}

/** True if this Node restricts what an option of its own allows: older ones leave the network free. */
function isRestricted(option: string): boolean {
  return process.allowedNodeEnvironmentFlags.has(option);
}
