/**
 * Which content coding of a file is sent, RFC 9110 §12.
 *
 * @module
 */

import { type ContentCoding, chooseCoding } from "./accept.js";
import { type Awaitable, after, isLater } from "./after.js";
import { type CodedVariant, codedVariants, isUpToDate } from "./coded-variant.js";
import type { OpenContent } from "./content.js";
import { openContent } from "./content.js";
import type { FileFacts, FileTree, TreeFile } from "./file-tree.js";
import { HEADER_SIZE, isDecodable } from "./zstd-window.js";

/** What there is to choose from, and by whom. */
export interface Offer {
  readonly tree: FileTree;
  /** The value of `Accept-Encoding`; `null` if it is absent. */
  readonly acceptEncoding: string | null;
  /**
   * True if the file itself is wanted wherever it is acceptable: a part was asked for. Parts of coded content are legal, and useless to
   * those that do not have the rest.
   */
  readonly wantsPlain: boolean;
  /** True if files beside the one that was asked for may hold its coded content. */
  readonly usesVariants: boolean;
  /** What the content can be coded to while it is sent, the best one first; `null` where that is not worth it. */
  readonly makes: readonly ContentCoding[] | null;
  /** Told of a file with coded content that is older than the file itself, and so is not used. */
  onStale(path: string): void;
}

/** What is sent for a file. */
export interface Choice {
  /** What is read: the file itself, or one that holds its coded content. */
  readonly file: TreeFile;
  readonly content: OpenContent;
  readonly path: string;
  /** How what is sent is coded; `null` for not at all. */
  readonly coding: ContentCoding | null;
  /** True if it is coded, or decoded, while it is sent. */
  readonly isMade: boolean;
  /** The coding that it is decoded from. */
  readonly from?: ContentCoding;
  /** True if another client may get another one. */
  readonly varies: boolean;
}

/** For how long it is remembered which variants there are, in milliseconds. Whether one that is sent is good is looked up each time. */
const REMEMBERED = 1000;

/**
 * Chooses what is sent for a file. A file with coded content that can't be had counts for nothing: the next best is taken.
 *
 * @param file - belongs to the choice from now on, with its content
 * @returns `null` where the client accepts nothing of it: the content is still the caller's
 */
export function negotiate(
  file: TreeFile,
  content: OpenContent,
  path: string,
  offer: Offer,
): Awaitable<Choice | null> {
  const plain = { file, content, path, coding: null, isMade: false, varies: false };
  const variants = offer.usesVariants ? variantsOf(file, path, offer) : [];
  return after(variants, (those) =>
    those.length === 0 && offer.makes === null ? plain : chooseAmong(those, plain, offer),
  );
}

function chooseAmong(
  variants: readonly CodedVariant[],
  plain: Choice,
  offer: Offer,
): Awaitable<Choice | null> {
  const { makes, acceptEncoding } = offer;
  const hasPlain = offer.wantsPlain && chooseCoding(acceptEncoding, []) !== "none";
  const available = [...variants.map(({ coding }) => coding), ...(makes ?? [])];
  const coding = hasPlain ? "identity" : chooseCoding(acceptEncoding, available);
  if (coding === "none") return null;
  if (coding === "identity") return { ...plain, varies: true };
  const variant = variants.find((each) => each.coding === coding);
  if (variant === undefined) return { ...plain, coding, isMade: true, varies: true };
  return after(openVariant(variant, plain, offer), (choice) => {
    if (choice !== undefined) return choice;
    const others = variants.filter((each) => each !== variant);
    return chooseAmong(others, plain, offer);
  });
}

/**
 * Chooses what is sent for a file that is there with coded content alone.
 *
 * @param canDecode - whether a coding can be undone for clients that do not accept it
 * @returns `undefined` where there is no such file; `null` where the client accepts nothing of it
 */
export function negotiateCoded(
  path: string,
  { tree, acceptEncoding }: Pick<Offer, "tree" | "acceptEncoding">,
  canDecode: (coding: ContentCoding) => boolean,
): Awaitable<Choice | null | undefined> {
  const possible = codedVariants(path);
  return after(all(possible.map((variant) => lookAt(variant.path, tree))), (looks) => {
    const variants = possible.filter((_, at) => (looks[at] ?? null) !== null);
    if (variants.length === 0) return undefined;
    const coding = chooseCoding(
      acceptEncoding,
      variants.map((variant) => variant.coding),
    );
    const isPlain = coding === "identity";
    const variant = variants.find((each) => (isPlain ? canDecode(each.coding) : each.coding === coding));
    if (variant === undefined) return null;
    return after(tree.find(variant.path), (file) => {
      if (file.kind !== "file") return undefined;
      const content = openContent(file.content, file.facts.size);
      const { coding: from, path: own } = variant;
      return isPlain
        ? { file, content, path: own, coding: null, isMade: true, varies: true, from }
        : { file, content, path: own, coding: from, isMade: false, varies: true };
    });
  });
}

function variantsOf(
  { facts, notes }: TreeFile,
  path: string,
  offer: Offer,
): Awaitable<readonly CodedVariant[]> {
  const now = Date.now();
  if (notes !== undefined && Math.abs(now - notes.variantsAt) <= REMEMBERED) return notes.variants;
  const possible = codedVariants(path);
  return after(all(possible.map(({ path: name }) => lookAt(name, offer.tree))), (looks) => {
    const variants = possible.filter(({ path: name }, at) => {
      const own = looks[at] ?? null;
      if (own === null) return false;
      const isGood = isUpToDate(own, facts);
      if (!isGood) offer.onStale(name);
      return isGood;
    });
    if (notes !== undefined) {
      notes.variants = variants;
      notes.variantsAt = now;
    }
    return variants;
  });
}

function lookAt(path: string, tree: FileTree): Awaitable<FileFacts | null> {
  if (tree.look !== undefined) return tree.look(path);
  return after(tree.find(path), (found) => {
    if (found.kind !== "file") return null;
    openContent(found.content, found.facts.size).close();
    return found.facts;
  });
}

/** `undefined` where it is not there any more, or not where it may be, or of no use. */
function openVariant(
  { coding, path }: CodedVariant,
  plain: Choice,
  { tree }: Offer,
): Awaitable<Choice | undefined> {
  return after(tree.find(path), (file) => {
    if (file.kind !== "file") return undefined;
    const content = openContent(file.content, file.facts.size);
    const isGood =
      isUpToDate(file.facts, plain.file.facts) && (coding !== "zstd" || isDecodableFile(file, content));
    return after(isGood, (isUsed) => {
      (isUsed ? plain.content : content).close();
      return isUsed ? { file, content, path, coding, isMade: false, varies: true } : undefined;
    });
  });
}

function isDecodableFile({ facts, notes }: TreeFile, content: OpenContent): Awaitable<boolean> {
  if (notes?.isDecodable !== undefined) return notes.isDecodable;
  const size = facts.size ?? 0;
  content.window(0, Math.min(HEADER_SIZE, size));
  return after(content.read(HEADER_SIZE), (header) => {
    content.window(0, size);
    const answer = isDecodable(header);
    if (notes !== undefined) notes.isDecodable = answer;
    return answer;
  });
}

function all<T>(values: readonly Awaitable<T>[]): Awaitable<readonly T[]> {
  return values.some(isLater) ? Promise.all(values) : (values as readonly T[]);
}
