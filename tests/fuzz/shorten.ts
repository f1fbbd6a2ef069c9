/**
 * Shortens bytes as far as possible.
 *
 * @param still - true for bytes that still have the property; the given ones have it
 */
export function shortened(bytes: Buffer, still: (bytes: Buffer) => boolean): Buffer {
  let short = bytes;
  for (let size = 2 ** Math.floor(Math.log2(bytes.length || 1)); size >= 1; size /= 2)
    short = withoutPieces(short, size, still);
  return short;
}

function withoutPieces(bytes: Buffer, size: number, still: (bytes: Buffer) => boolean): Buffer {
  let short = bytes;
  for (let at = 0; at < short.length; ) {
    const without = Buffer.concat([short.subarray(0, at), short.subarray(at + size)]);
    if (still(without)) short = without;
    else at += size;
  }
  return short;
}

/**
 * Returns the smallest set of inputs that together reach all features: the shortest first, each shortened as
 * far as possible.
 *
 * @param featuresOf - returns the features of an input
 * @param known - features that are not needed any more
 */
export function smallestOf(
  inputs: readonly Buffer[],
  featuresOf: (bytes: Buffer) => readonly number[],
  known: Iterable<number>,
): Buffer[] {
  const done = new Set(known);
  const kept: Buffer[] = [];
  for (const bytes of inputs.toSorted((one, other) => one.length - other.length)) {
    const added = featuresOf(bytes).filter((feature) => !done.has(feature));
    if (added.length === 0) continue;
    for (const feature of added) done.add(feature);
    kept.push(shortened(bytes, (shorter) => includesAll(featuresOf(shorter), added)));
  }
  return kept;
}

function includesAll(features: readonly number[], wanted: readonly number[]): boolean {
  const set = new Set(features);
  return wanted.every((feature) => set.has(feature));
}
