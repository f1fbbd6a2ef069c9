/**
 * Content that is compressed while it is sent.
 *
 * @module
 */

import { Readable, type Transform } from "node:stream";
import type { ContentCoding } from "./accept.js";
import { madeContent, type ServedFile } from "./content.js";

/** Bytes that the compressor gets at a time. */
const PIECE = 64 * 1024;

/** Loaded only if something is coded, because loading takes milliseconds. */
const zlib = () => process.getBuiltinModule("node:zlib");

// Not the best levels, which are for files that are compressed only once: brotli's 11 takes seconds for a megabyte.
const COMPRESSORS: Readonly<Record<ContentCoding, () => Transform>> = {
  br: () => zlib().createBrotliCompress({ params: { [zlib().constants.BROTLI_PARAM_QUALITY]: 4 } }),
  zstd: () => zlib().createZstdCompress(),
  gzip: () => zlib().createGzip(),
};

// Node has zstd from 22.15 and 23.8 on.
const DECOMPRESSORS: Readonly<Record<ContentCoding, () => Transform | undefined>> = {
  br: () => zlib().createBrotliDecompress(),
  zstd: () => zlib().createZstdDecompress?.(),
  gzip: () => zlib().createGunzip(),
};

/** Creates a compressor for one of {@link codings}. */
export function compressor(coding: ContentCoding): Transform {
  return COMPRESSORS[coding]();
}

/** Creates a decompressor; `undefined` if this Node has none. */
export function decompressor(coding: ContentCoding): Transform | undefined {
  return DECOMPRESSORS[coding]();
}

/** Returns the codings that this Node can produce: zstd from 22.15 and 23.8 on. */
export function codings(): readonly ContentCoding[] {
  return "createZstdCompress" in zlib() ? ["br", "zstd", "gzip"] : ["br", "gzip"];
}

/**
 * Compresses or decompresses a file piece by piece, while it is read. Neither the whole content nor the whole result is
 * ever in memory. The work is done in Node's thread pool.
 *
 * @param source - the file; the result owns it
 * @param size - number of bytes that it must have; `null` for any number. If it has fewer, `read` rejects, because a
 *   chunked response would look complete
 * @param coder - compressor or decompressor
 * @param onClose - called once, when the result is closed
 */
export function codedContent(
  source: ServedFile,
  size: number | null,
  coder: Transform,
  onClose: () => void,
): ServedFile {
  const input = Readable.from(allOf(source, size), { objectMode: false });
  input.on("error", (error) => coder.destroy(error));
  return madeContent(
    () => input.pipe(coder),
    () => {
      coder.destroy();
      source.close();
      onClose();
    },
  );
}

async function* allOf(source: ServedFile, size: number | null): AsyncGenerator<Buffer> {
  let left = size ?? Number.POSITIVE_INFINITY;
  while (left > 0) {
    const bytes = await source.read(PIECE);
    if (bytes.length === 0 && size === null) return;
    if (bytes.length === 0) throw new Error(`The file ended ${left} bytes too early while it was sent.`);
    left -= bytes.length;
    yield bytes;
  }
}
