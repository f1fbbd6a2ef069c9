/**
 * Chooses the content coding of a file (RFC 9110 §12).
 *
 * @module
 */

import { type Awaitable, after, isPromise } from "../io/awaitable.js";
import { type ContentCoding, chooseCoding } from "./accept.js";
import { type CodedVariant, codedVariants, HEADER_SIZE, isDecodable, isUpToDate } from "./coded-variant.js";
import { type OpenContent, openContent } from "./content.js";
import type { FileFacts, FileMemos, FileTree, TreeFile } from "./file-tree.js";

/** The available codings, and the client's preferences. */
export interface Offer {
  readonly tree: FileTree;
  /** The value of `Accept-Encoding`; `null` if it is absent. */
  readonly acceptEncoding: string | null;
  /**
   * True if the file itself is preferred, because the client requests a part. A part of coded content is useless
   * without the rest.
   */
  readonly wantsPlain: boolean;
  /** True if precompressed files may be used. */
  readonly usesVariants: boolean;
  /** Codings for compression while sending, the best one first; `null` if the content does not compress well. */
  readonly makes: readonly ContentCoding[] | null;
  /** Called for a precompressed file that is older than the file itself, and is not used. */
  onStale(path: string): void;
}

/** The chosen file and coding. */
export interface Choice {
  /** The file to read: the file itself, or a precompressed one. */
  readonly file: TreeFile;
  readonly content: OpenContent;
  readonly path: string;
  /** Coding of the sent content; `null` for none. */
  readonly coding: ContentCoding | null;
  /** True if the content is compressed or decompressed while it is sent. */
  readonly isMade: boolean;
  /** The coding of the file, if the content is decompressed. */
  readonly from?: ContentCoding;
  /** True if another client may get another coding. */
  readonly varies: boolean;
}

/** Milliseconds for which the existing variants are cached. A variant that is sent is checked each time. */
const REMEMBERED = 1000;

/** Returns the choice of a file without coding. The choice owns the content. */
export function plainChoice(file: TreeFile, path: string): Choice {
  const content = openContent(file.content, file.facts.size);
  return { file, content, path, coding: null, isMade: false, varies: false };
}

/**
 * {@link REMEMBERED} for a folder in which no name changes. The time is limited, because the target of a link may
 * change without a change of the folder.
 */
const REMEMBERED_UNCHANGED = 60_000;

/**
 * Chooses the representation of a file. If a precompressed file can't be opened, the next best one is chosen.
 *
 * @param plain - the file itself. The result owns its content
 * @returns `null` if the client accepts no representation: the caller still owns the content
 */
export function negotiate(plain: Choice, offer: Offer): Awaitable<Choice | null> {
  const cached = cachedVariants(plain.file.memos);
  // Most files have no variants, so the rest of the offer does not matter.
  const variants = cached?.length === 0 || !offer.usesVariants ? NONE : (cached ?? variantsOf(plain, offer));
  return isPromise(variants)
    ? variants.then((those) => chooseAmong(those, plain, offer))
    : chooseAmong(variants, plain, offer);
}

const NONE: readonly CodedVariant[] = [];

function chooseAmong(
  variants: readonly CodedVariant[],
  plain: Choice,
  offer: Offer,
): Awaitable<Choice | null> {
  const { makes } = offer;
  // If a variant could not be opened, the response varies anyway.
  if (variants.length === 0 && makes === null && !plain.varies) return plain;
  const { acceptEncoding } = offer;
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
    return chooseAmong(others, { ...plain, varies: true }, offer);
  });
}

/**
 * Chooses the representation if only precompressed files exist.
 *
 * @param canDecode - true if a coding can be decoded for clients that don't accept it
 * @returns `undefined` if there is no such file; `null` if the client accepts no representation
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
      const { coding: from, path: own } = variant;
      const choice = { ...plainChoice(file, own), varies: true };
      return isPlain ? { ...choice, isMade: true, from } : { ...choice, coding: from };
    });
  });
}

/** Returns variants that were found recently; `undefined` if they must be looked up. */
function cachedVariants(memos: FileMemos | undefined): readonly CodedVariant[] | undefined {
  if (memos === undefined) return undefined;
  const limit = memos.variantsOf === memos.folder.changes ? REMEMBERED_UNCHANGED : REMEMBERED;
  return Math.abs(Date.now() - memos.variantsAt) <= limit ? memos.variants : undefined;
}

function variantsOf({ file, path }: Choice, offer: Offer): Awaitable<readonly CodedVariant[]> {
  const { facts, memos } = file;
  const now = Date.now();
  const changes = memos?.folder.changes ?? Number.NaN;
  const possible = codedVariants(path);
  return after(all(possible.map(({ path: name }) => lookAt(name, offer.tree))), (looks) => {
    let areAllGood = true;
    const variants = possible.filter(({ path: name }, at) => {
      const own = looks[at] ?? null;
      if (own === null) return false;
      const isGood = isUpToDate(own, facts);
      if (!isGood) offer.onStale(name);
      areAllGood &&= isGood;
      return isGood;
    });
    if (memos !== undefined) {
      memos.variants = variants;
      memos.variantsAt = now;
      // The time of a file can change without a change of its folder.
      memos.variantsOf = areAllGood ? changes : Number.NaN;
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

/** Opens a variant. Returns `undefined` if it is missing, outside the directory, or useless. */
function openVariant(
  { coding, path }: CodedVariant,
  plain: Choice,
  { tree }: Offer,
): Awaitable<Choice | undefined> {
  return after(tree.find(path), (file) => {
    if (file.kind !== "file") return undefined;
    const choice = { ...plainChoice(file, path), coding, varies: true };
    const isGood = isUpToDate(file.facts, plain.file.facts) && (coding !== "zstd" || isDecodableFile(choice));
    return after(isGood, (isUsed) => {
      (isUsed ? plain : choice).content.close();
      return isUsed ? choice : undefined;
    });
  });
}

function isDecodableFile({ file, content }: Choice): Awaitable<boolean> {
  const { facts, memos } = file;
  if (memos?.isDecodable !== undefined) return memos.isDecodable;
  const size = facts.size ?? 0;
  content.window(0, Math.min(HEADER_SIZE, size));
  return after(content.read(HEADER_SIZE), (header) => {
    content.window(0, size);
    const answer = isDecodable(header);
    if (memos !== undefined) memos.isDecodable = answer;
    return answer;
  });
}

function all<T>(values: readonly Awaitable<T>[]): Awaitable<readonly T[]> {
  return values.some(isPromise) ? Promise.all(values) : (values as readonly T[]);
}
