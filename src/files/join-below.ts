import { join, sep } from "node:path";

/** The last directory, and the beginning of the paths of its entries. */
let known: { readonly directory: string; readonly prefix: string } | undefined;

/**
 * `join(directory, ...segments)` for names that are complete: none is empty, has a separator, or is `.` or `..`. Then there is nothing
 * to normalise but the directory, which mostly is the one of the last request.
 */
export function joinBelow(directory: string, segments: readonly string[]): string {
  if (segments.length === 0) return join(directory);
  if (known?.directory !== directory) known = { directory, prefix: join(directory, "x").slice(0, -1) };
  return known.prefix + segments.join(sep);
}
