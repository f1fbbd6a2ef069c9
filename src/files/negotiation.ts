/**
 * Which content coding of a file is sent, RFC 9110 §12.
 *
 * @module
 */

import { type ContentCoding, chooseCoding } from "./accept.js";
import { type CodedVariant, codedVariants, isUpToDate } from "./coded-variant.js";
import type { Found, FoundFile } from "./file-store.js";
import { fsEncode } from "./fs-name.js";
import { statFile } from "./open-file.js";

/** What there is to choose from, and by whom. */
export interface Offer {
  /** The value of `Accept-Encoding`; `null` if it is absent. */
  readonly acceptEncoding: string | null;
  /** Whether files beside the one that was asked for may hold its coded content. */
  readonly usesVariants: boolean;
  /** What the content can be coded to while it is sent, the best one first; `null` where that is not worth it. */
  readonly makes: readonly ContentCoding[] | null;
  /** Finds what there is by a name. */
  find(path: string): Found;
}

/** What is sent for a file. */
export interface Choice {
  /** What is read: the file itself, or one that holds its coded content. */
  readonly file: FoundFile;
  readonly path: string;
  /** How what is sent is coded; `null` for not at all. */
  readonly coding: ContentCoding | null;
  /** Whether it is coded while it is sent. */
  readonly isMade: boolean;
  /** Whether another client may get another one. */
  readonly varies: boolean;
}

/** For how long it is remembered which variants there are, in milliseconds. Whether one that is sent is good is looked up each time. */
const REMEMBERED = 1000;

/**
 * Chooses what is sent for a file. A file with coded content that can't be had counts for nothing: the next best is taken.
 *
 * @param file - belongs to the choice from now on
 * @returns `null` where the client accepts nothing of it: the file is still the caller's
 */
export function negotiate(file: FoundFile, path: string, offer: Offer): Choice | null {
  const variants = offer.usesVariants ? variantsOf(file, path) : [];
  if (variants.length === 0 && offer.makes === null)
    return { file, path, coding: null, isMade: false, varies: false };
  return chooseAmong(variants, file, path, offer);
}

function chooseAmong(
  variants: readonly CodedVariant[],
  file: FoundFile,
  path: string,
  offer: Offer,
): Choice | null {
  const available = [...variants.map(({ coding }) => coding), ...(offer.makes ?? [])];
  const coding = chooseCoding(offer.acceptEncoding, available);
  if (coding === "none") return null;
  if (coding === "identity") return { file, path, coding: null, isMade: false, varies: true };
  const variant = variants.find((each) => each.coding === coding);
  if (variant === undefined) return { file, path, coding, isMade: true, varies: true };
  const others = () => variants.filter((each) => each !== variant);
  return openVariant(variant, file, offer) ?? chooseAmong(others(), file, path, offer);
}

function variantsOf({ facts, notes }: FoundFile, path: string): readonly CodedVariant[] {
  const now = Date.now();
  if (Math.abs(now - notes.variantsAt) > REMEMBERED) {
    notes.variantsAt = now;
    notes.variants = codedVariants(path).filter(({ path: name }) => {
      const state = statFile(fsEncode(name));
      return state.kind === "file" && isUpToDate(state.facts, facts);
    });
  }
  return notes.variants;
}

/** `undefined` where it is not there any more, or not where it may be. */
function openVariant({ coding, path }: CodedVariant, original: FoundFile, offer: Offer): Choice | undefined {
  const found = offer.find(path);
  if (found.kind !== "file") return undefined;
  if (isUpToDate(found.facts, original.facts)) {
    original.content.close();
    return { file: found, path, coding, isMade: false, varies: true };
  }
  found.content.close();
  return undefined;
}
