/**
 * Content codings of files, RFC 9110 §8.4: which files are coded copies of another file, and which types are worth
 * coding.
 *
 * @module
 */

import { trimWhitespace } from "../http1/grammar.js";
import type { ContentCoding } from "./accept.js";
import type { FileFacts } from "./file-tree.js";
import { pathMatcher } from "./glob.js";

/** A possible file with the coded content of another file. */
export interface CodedVariant {
  /** The coding, as in `Content-Encoding`. */
  readonly coding: ContentCoding;
  /** The path of the file. */
  readonly path: string;
}

/** Codings and the suffixes of their files. The coding that compresses most is first. */
export const CODING_SUFFIXES: readonly (readonly [coding: ContentCoding, suffix: string])[] = [
  ["br", ".br"],
  ["zstd", ".zst"],
  ["gzip", ".gz"],
];

/**
 * Minimum bytes for compression while sending. A response that fits into one packet does not get faster by compression.
 * nginx has 20, Caddy 512.
 */
export const SMALLEST_COMPRESSED = 1024;

// An archive has no variants. `a.tar.gz` may have other content than `a.tar`, and clients request it by its name.
const NEVER_CODED = /\.(?:br|bz2|gz|lz|lz4|lzma|tar|tbz2?|tgz|txz|xz|z|zip|zst)$/i;

// A stream of events must not wait for a compressor.
const TEXT = /^(?:text\/(?!event-stream$).*|[^/]+\/.+\+(?:json|xml|text|yaml))$/;

/**
 * Types that compress well, besides text. Web fonts (WOFF), most images, sound, video and archives are compressed
 * already. Unknown types are left out.
 */
const COMPRESSIBLE: ReadonlySet<string> = new Set(
  [
    [
      "application",
      "ecmascript graphql javascript json json5 n-quads n-triples node postscript rtf sql toml trig vnd.apple.mpegurl vnd.dart vnd.ms-fontobject wasm",
    ],
    [
      "application",
      "x-csh x-httpd-php x-javascript x-latex x-ndjson x-ns-proxy-autoconfig x-perl x-sh x-subrip x-tcl x-tex x-texinfo xml xml-dtd yaml",
    ],
    ["font", "collection otf ttf"],
    ["audio", "mpegurl x-mpegurl"],
    ["image", "bmp vnd.microsoft.icon x-icon x-ms-bmp"],
    ["message", "rfc822"],
    ["model", "mtl obj stl vrml"],
  ].flatMap(([type, subtypes = ""]) => subtypes.split(" ").map((subtype) => `${type}/${subtype}`)),
);

/**
 * Returns the files that may contain the coded content of a file, the best first: `a.css.br`, `a.css.zst`, `a.css.gz`
 * for `a.css`.
 *
 * Archives have none: a `.tar.gz` is a file of its own, not a coding of another one.
 *
 * @param path - path of the file itself
 */
export function codedVariants(path: string): readonly CodedVariant[] {
  if (NEVER_CODED.test(path)) return [];
  return CODING_SUFFIXES.map(([coding, suffix]) => ({ coding, path: path + suffix }));
}

/**
 * Milliseconds that a coded file may be older than the original. Copying rounds times down to microseconds,
 * milliseconds or seconds, on FAT to two seconds, and parallel copies finish in any order. Coded files from an earlier
 * build are much older.
 */
const OLDER_BY_COPYING = 2000;

/**
 * True if a coded file is up to date, according to its time: it is not older than the original, except for the effects
 * of copying.
 */
export function isUpToDate(
  variant: Pick<FileFacts, "modified">,
  original: Pick<FileFacts, "modified">,
): boolean {
  if (variant.modified === null || original.modified === null) return true;
  return variant.modified >= original.modified - OLDER_BY_COPYING;
}

/**
 * True if compression makes content of this type much smaller.
 *
 * @param mediaType - the value of `Content-Type`, with or without parameters
 * @example
 * isCompressible("text/html; charset=utf-8"); // true
 */
export function isCompressible(mediaType: string): boolean {
  const [type = ""] = mediaType.split(";", 1);
  const name = trimWhitespace(type).toLowerCase();
  return TEXT.test(name) || COMPRESSIBLE.has(name);
}

/**
 * True if a file is worth compressing while it is sent.
 *
 * @param mediaType - the value of `Content-Type`
 * @param size - size in bytes
 */
export function isWorthCompressing(mediaType: string, size: number): boolean {
  return size >= SMALLEST_COMPRESSED && isCompressible(mediaType);
}

/** Bytes of a zstd header: magic number, descriptor, window, dictionary, content size. */
export const HEADER_SIZE = 18;

/** The largest window that a client must support, RFC 9659 §3. Browsers refuse a larger one. */
const LARGEST_WINDOW = 8 * 1024 * 1024;

const MAGIC_NUMBER = 0xfd2fb528;

/**
 * True if clients can decode a zstd file with this header. False if its window is too large, or if it is not a zstd
 * frame.
 *
 * @param header - the first {@link HEADER_SIZE} bytes, or all if there are fewer
 */
export function isDecodable(header: Buffer): boolean {
  if (header.length < 6 || header.readUInt32LE(0) !== MAGIC_NUMBER) return false;
  const descriptor = header.readUInt8(4);
  const isSingleSegment = (descriptor & 0x20) !== 0;
  return (
    (isSingleSegment ? contentSizeOf(header, descriptor) : windowOf(header.readUInt8(5))) <= LARGEST_WINDOW
  );
}

function windowOf(descriptor: number): number {
  const base = 2 ** (10 + (descriptor >> 3));
  return base + (base / 8) * (descriptor & 7);
}

/** Returns the size of the content, which is then also the window. */
function contentSizeOf(header: Buffer, descriptor: number): number {
  const at = 5 + ([0, 1, 2, 4][descriptor & 3] as number); // after the number of the dictionary
  const bytes = [1, 2, 4, 8][descriptor >> 6] as number;
  if (header.length < at + bytes) return Number.POSITIVE_INFINITY;
  if (bytes === 8) return Number(header.readBigUInt64LE(at));
  return header.readUIntLE(at, bytes) + (bytes === 2 ? 256 : 0);
}

/** Codings by patterns for paths, as for `pathMatcher`. */
export type ContentCodings = Readonly<Record<string, ContentCoding | (string & Record<never, never>)>>;

// A compressed archive is a file in its own right: a client that decodes it during the download gets another file.
const ARCHIVE = /\.(?:tar\.[^./]+|tgz|tbz2?|txz|tzst|taz)$/i;

/** A pattern that is only a suffix needs no matcher. */
const SUFFIX_PATTERN = /^\*(\.[\w.-]+)$/;

/**
 * Creates a function that returns the coding of a file by its path below the root.
 *
 * @returns a function for a path without a leading slash; it returns `null` for uncoded content and for archives
 * @throws TypeError for an unknown coding
 * @example
 * codingsOf({ "*.svgz": "gzip" })("images/logo.svgz"); // "gzip"
 */
export function codingsOf(codings: ContentCodings): (path: string) => ContentCoding | null {
  const rules = Object.entries(codings).map(([pattern, coding]) => {
    if (!CODING_SUFFIXES.some(([known]) => known === coding))
      throw new TypeError(
        `content_encodings must have "br", "zstd" or "gzip" for ${JSON.stringify(pattern)}, not ${JSON.stringify(coding)}.`,
      );
    const suffix = SUFFIX_PATTERN.exec(pattern)?.[1] ?? null;
    return { suffix, matches: suffix === null ? pathMatcher([pattern]) : null, coding };
  });
  return (path) => {
    for (const { suffix, matches, coding } of rules)
      if (suffix === null ? matches?.(path) : path.endsWith(suffix))
        return ARCHIVE.test(path) ? null : (coding as ContentCoding);
    return null;
  };
}

/** Returns the path that determines the content type: without the suffix of the coding. */
export function withoutCoding(path: string, coding: ContentCoding): string {
  const suffix = CODING_SUFFIXES.find(([known]) => known === coding)?.[1] ?? "";
  return path.toLowerCase().endsWith(suffix) ? path.slice(0, -suffix.length) : path;
}
