import type { FieldBlock } from "../http1/response-head.js";
import type { CodedVariant } from "./coded-variant.js";
import type { Representation } from "./content-reply.js";
import type { EntityTag } from "./entity-tag.js";

/** A head as it was sent for a file, but for what every reply has. */
export interface PreparedHead {
  /** The representation. */
  readonly of: Representation;
  readonly date: string | null;
  readonly block: FieldBlock;
}

/** Results that were computed for a file. They are valid while the file is unchanged. */
export class FileNotes {
  /** The files beside it that hold its coded content, and when they were looked for: milliseconds since the epoch. */
  variants: readonly CodedVariant[] = [];
  variantsAt = Number.NEGATIVE_INFINITY;
  /** True if browsers decode it, for a file that holds content coded by zstd. */
  isDecodable: boolean | undefined;
  /** The SHA-256 of the content, in base64, where it was asked for. */
  sha256: string | undefined;
  /** The last value of `Last-Modified`. */
  date: { readonly seconds: number; readonly text: string } | undefined;
  /** The last entity tag that was sent, and checked before. */
  tag: EntityTag | undefined;
  /** The last head of a whole file, and of a 304. */
  200: PreparedHead | undefined;
  304: PreparedHead | undefined;
}
