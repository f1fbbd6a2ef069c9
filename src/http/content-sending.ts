/**
 * From content to a reply: what a handler asks of a request, says in a head, and copies.
 *
 * @module
 */

import { type Awaitable, after } from "../files/after.js";
import { MemoryFile, type ServedFile } from "../files/content.js";
import {
  isSameRepresentation,
  PLAIN_REQUEST,
  type Reply,
  type ReplyRequest,
  type Representation,
} from "../files/content-reply.js";
import type { FileNotes } from "../files/file-tree.js";
import type { HTTPMessage } from "../http1/message.js";
import { type FieldBlock, fieldBlock } from "../http1/response-head.js";
import { isPromise, quiet } from "../io/awaitable.js";
import type { ByteWriter } from "../io/byte-writer.js";

/** Bytes that are copied at a time: all of a file that is in memory. Files on disk give less. */
const COPY_SIZE = 256 * 1024;

/** Copies at a time in one thread that are no crowd: together they hold 32 MiB at most. */
const FEW_COPIES = 128;

const NOTHING = Buffer.alloc(0);

/** Copies under way in this thread. */
let copies = 0;

/** A field of a request; several lines of it are one, joined as RFC 9110 §5.3 says. */
export function joined(headers: HTTPMessage, name: string): string | null {
  const values = headers.get_all(name);
  if (values === null) return null;
  return values.length === 1 ? (values[0] as string) : values.join(", ");
}

/** Returns the parts of a request that decide about its response. */
export function replyRequest(method: string | null, headers: HTTPMessage): ReplyRequest {
  if (method === "GET" && !headers.has_any(CONDITIONAL)) return PLAIN_REQUEST;
  return {
    method: method as string,
    ifMatch: joined(headers, "If-Match"),
    ifNoneMatch: joined(headers, "If-None-Match"),
    ifModifiedSince: joined(headers, "If-Modified-Since"),
    ifUnmodifiedSince: joined(headers, "If-Unmodified-Since"),
    range: joined(headers, "Range"),
    ifRange: joined(headers, "If-Range"),
  };
}

const CONDITIONAL: ReadonlySet<string> = new Set([
  "if-match",
  "if-none-match",
  "if-modified-since",
  "if-unmodified-since",
  "range",
]);

/**
 * The head of all of a content, or of a 304: made once, and said again as long as it is the same.
 *
 * @returns `null` for a reply of another kind
 */
export function preparedHead(
  reply: Reply,
  representation: Representation,
  date: string | null,
  notes: FileNotes,
): FieldBlock | null {
  const { status } = reply;
  if (status !== 200 && status !== 304) return null;
  const known = notes[status];
  if (known !== undefined && known.date === date && isSameRepresentation(known.of, representation))
    return known.block;
  const block = fieldBlock(reply.fields(date));
  notes[status] = { of: representation, date, block };
  return block;
}

/** Does something with content, which is closed where that fails. */
export function closingOnError<T>(content: ServedFile, work: () => Awaitable<T>): Awaitable<T> {
  try {
    const done = work();
    if (!isPromise(done)) return done;
    return done.then(undefined, (error: unknown) => {
      content.close();
      throw error;
    });
  } catch (error) {
    content.close();
    throw error;
  }
}

/**
 * Copies what a content still holds.
 *
 * @returns a promise where the content is not there at once, or the client does not keep up
 */
export function copyContent(source: ServedFile, target: ByteWriter): Awaitable<void> {
  for (;;) {
    const bytes = source.read(COPY_SIZE);
    if (isPromise(bytes)) return copyLater(bytes, source, target);
    if (bytes.length === 0) return;
    const written = target.write(bytes);
    if (typeof written === "number" && bytes.length < COPY_SIZE && source instanceof MemoryFile) return; // that was all
    if (isPromise(written)) return after(written, () => copyLater(source.read(COPY_SIZE), source, target));
  }
}

/**
 * Copies content that is not in memory. The next piece is read while the one before is sent, except in a crowd: then a client that
 * takes nothing holds one piece.
 *
 * V8 lets 64 MiB of discarded buffers come together before it looks, so each is given back. A buffer may be filled again when the system
 * has taken its bytes, which is when all earlier writes have been waited for.
 */
async function copyLater(first: Awaitable<Buffer>, source: ServedFile, target: ByteWriter): Promise<void> {
  copies += 1;
  try {
    let bytes = await first;
    let spare: Buffer | undefined;
    while (bytes.length > 0) {
      const next = isCrowded() ? undefined : source.read(COPY_SIZE, spare);
      if (isPromise(next)) quiet(next); // it fails where it is awaited, if it ever is
      const written = target.write(bytes);
      spare = isPromise(written) ? bytes : undefined;
      await written;
      bytes = NOTHING; // it is not kept while the next one waits for its turn
      if (next !== undefined) bytes = await next;
      else {
        const given = spare;
        spare = undefined;
        bytes = await source.read(COPY_SIZE, given);
      }
    }
  } finally {
    copies -= 1;
  }
}

function isCrowded(): boolean {
  return copies > FEW_COPIES;
}
