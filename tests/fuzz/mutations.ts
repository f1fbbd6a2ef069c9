import type { Random } from "./random.js";

// Texts that HTTP parsers disagree about, numbers near limits, and the characters of JSON.
const WORDS = [
  ...'\0|\t|\n|\r|\r\n|\r\n\r\n| |  |:|;|,|=|"|\\|/|//|..|%|%00|%2e|%2F|%5c|#|?|*|-|+|0|1|9|f|\x7f|\x80|\xff'.split(
    "|",
  ),
  "99999999999999999999",
];

type Edit = (bytes: Buffer, random: Random, words: readonly Buffer[], other: Buffer) => Buffer;

/** Ways to change bytes. Each returns new bytes. */
const EDITS: readonly Edit[] = [
  function insertWord(bytes, random, words) {
    const at = random.below(bytes.length + 1);
    return Buffer.concat([bytes.subarray(0, at), random.oneOf(words), bytes.subarray(at)]);
  },
  function overwriteWithWord(bytes, random, words) {
    const at = random.below(bytes.length + 1);
    const word = random.oneOf(words);
    return Buffer.concat([bytes.subarray(0, at), word, bytes.subarray(at + word.length)]);
  },
  function changeByte(bytes, random) {
    const changed = Buffer.from(bytes);
    if (changed.length > 0) changed[random.below(changed.length)] = random.below(256);
    return changed;
  },
  function flipBit(bytes, random) {
    const changed = Buffer.from(bytes);
    const at = random.below(changed.length);
    if (changed.length > 0) changed[at] = (changed[at] as number) ^ (1 << random.below(8));
    return changed;
  },
  function remove(bytes, random) {
    const [from, to] = placesIn(bytes, random);
    return Buffer.concat([bytes.subarray(0, from), bytes.subarray(to)]);
  },
  function repeat(bytes, random) {
    const [from, to] = placesIn(bytes, random);
    return Buffer.concat([bytes.subarray(0, to), bytes.subarray(from)]);
  },
  function move(bytes, random) {
    const [from, to] = placesIn(bytes, random);
    const rest = Buffer.concat([bytes.subarray(0, from), bytes.subarray(to)]);
    const at = random.below(rest.length + 1);
    return Buffer.concat([rest.subarray(0, at), bytes.subarray(from, to), rest.subarray(at)]);
  },
  function splice(bytes, random, _words, other) {
    const [from, to] = placesIn(other, random);
    const at = random.below(bytes.length + 1);
    const behind = random.below(2) === 0 ? at : bytes.length;
    return Buffer.concat([bytes.subarray(0, at), other.subarray(from, to), bytes.subarray(behind)]);
  },
];

/** Returns the beginning and the end of a random part, which is usually short. */
function placesIn(bytes: Buffer, random: Random): readonly [from: number, to: number] {
  const from = random.below(bytes.length + 1);
  const most = random.below(4) === 0 ? bytes.length - from : Math.min(8, bytes.length - from);
  return [from, from + random.below(most + 1)];
}

/** Returns the words to put into bytes. @param own - words of the target, in latin-1 */
export function wordsWith(own: readonly string[]): Buffer[] {
  return [...WORDS, ...own].map((word) => Buffer.from(word, "latin1"));
}

/** Changes bytes in one to eight ways. @param other - source of inserted parts */
export function mutated(bytes: Buffer, other: Buffer, words: readonly Buffer[], random: Random): Buffer {
  let changed = bytes;
  for (let edits = 1 << random.below(4); edits > 0; edits--)
    changed = random.oneOf(EDITS)(changed, random, words, other);
  return changed;
}
