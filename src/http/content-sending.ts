/**
 * Helpers for sending content: they read the conditions of the request, and copy the content to the client.
 *
 * @module
 */

import { Duplex } from "node:stream";
import { MemoryFile, type ServedFile } from "../files/content.js";
import { PLAIN_REQUEST, type ReplyRequest } from "../files/content-reply.js";
import type { HTTPMessage } from "../http1/message.js";
import { type Awaitable, after, isPromise, quiet } from "../io/awaitable.js";
import { ByteWriter, type Recyclable } from "../io/byte-writer.js";
import { DisconnectedError } from "../io/connection-errors.js";

/** Bytes that are copied at a time: the default of `max_cached_file`. Files on disk give smaller pieces. */
const COPY_SIZE = 256 * 1024;

/** Number of copies that one thread runs at the same time before it saves memory. Together they use at most 32 MiB. */
const FEW_COPIES = 128;

const NOTHING = Buffer.alloc(0);

/** Number of copies in progress in this thread. */
let copies = 0;

/** Returns the value of a field. Several lines are joined (RFC 9110 §5.3). */
export function fieldValue(headers: HTTPMessage, name: string): string | null {
  const values = headers.get_all(name);
  if (values === null) return null;
  return values.length === 1 ? (values[0] as string) : values.join(", ");
}

/** Returns the parts of a request that decide about its response. */
export function replyRequest(method: string | null, headers: HTTPMessage): ReplyRequest {
  if (method === "GET" && !headers.has_any(CONDITIONAL)) return PLAIN_REQUEST;
  return {
    method: method as string,
    ifMatch: fieldValue(headers, "If-Match"),
    ifNoneMatch: fieldValue(headers, "If-None-Match"),
    ifModifiedSince: fieldValue(headers, "If-Modified-Since"),
    ifUnmodifiedSince: fieldValue(headers, "If-Unmodified-Since"),
    range: fieldValue(headers, "Range"),
    ifRange: fieldValue(headers, "If-Range"),
  };
}

const CONDITIONAL: ReadonlySet<string> = new Set([
  "if-match",
  "if-none-match",
  "if-modified-since",
  "if-unmodified-since",
  "range",
]);

/** Runs work on content, and closes the content if the work fails. */
export function closingOnError<T>(
  content: Pick<ServedFile, "close">,
  work: () => Awaitable<T>,
): Awaitable<T> {
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
 * Runs work that sends content. Closes the content afterwards, or as soon as the connection is closed. Otherwise, a
 * source that gives nothing for a long time would keep its resources and the request for a client that has left.
 *
 * @param request - the connection
 */
export function closingAfter(
  content: Pick<ServedFile, "close">,
  request: unknown,
  work: () => Awaitable<void>,
): Awaitable<void> {
  const sent = closingOnError(content, work);
  if (!isPromise(sent)) return content.close();
  if (!(request instanceof Duplex)) return sent.then(() => content.close());
  return sendingWhileOpen(sent, content, request);
}

async function sendingWhileOpen(
  sent: PromiseLike<void>,
  content: Pick<ServedFile, "close">,
  request: Duplex,
): Promise<void> {
  let isLost = false;
  const lose = () => {
    isLost = true;
    content.close();
  };
  if (request.destroyed) lose();
  else request.once("close", lose);
  try {
    await sent;
  } catch (error) {
    // Code that reads a closed content may fail in any way.
    throw isLost ? new DisconnectedError(GONE, "EPIPE", { cause: error }) : error;
  } finally {
    request.off("close", lose);
    content.close();
  }
  if (isLost) throw new DisconnectedError(GONE, "EPIPE");
}

const GONE = "The client has closed the connection.";

/**
 * Copies content from its current position to its end.
 *
 * @returns a promise if the content is not available at once, or the client is slow
 */
export function copyContent(source: ServedFile, target: ByteWriter): Awaitable<void> {
  for (;;) {
    const bytes = source.read(COPY_SIZE);
    if (isPromise(bytes)) return copyLater(bytes, source, target);
    if (bytes.length === 0) return;
    const isInMemory = source instanceof MemoryFile;
    const written = isInMemory && source.isSpare ? writeLent(bytes, source, target) : target.write(bytes);
    if (isInMemory && typeof written === "number" && bytes.length < COPY_SIZE) return; // everything was copied
    if (isPromise(written)) return after(written, () => copyLater(source.read(COPY_SIZE), source, target));
  }
}

/**
 * Copies content that is not in memory. The next piece is read while the previous one is sent. While many copies run,
 * it is read only after the previous one was sent, so that a client that reads nothing uses the memory of only one
 * piece.
 *
 * V8 collects discarded buffers late, so each buffer is reused when the system has taken its bytes: at once, or when
 * all earlier writes have finished.
 */
async function copyLater(first: Awaitable<Buffer>, source: ServedFile, target: ByteWriter): Promise<void> {
  copies += 1;
  try {
    let bytes = await first;
    let spare: Buffer | undefined;
    let isTaken = false;
    const piece = { recycle: () => (isTaken = true) };
    while (bytes.length > 0) {
      const next = isCrowded() ? undefined : source.read(COPY_SIZE, spare);
      if (isPromise(next)) quiet(next); // its error is reported where it is awaited
      isTaken = false;
      const written = writeLent(bytes, piece, target);
      spare = isTaken || (isPromise(written) && keepsNothing(target)) ? bytes : undefined;
      await written;
      bytes = NOTHING; // released before waiting for the next piece
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

/** Writes bytes whose buffer is used again when they are sent. */
function writeLent(bytes: Buffer, owner: Recyclable, target: ByteWriter): Awaitable<number> {
  return keepsNothing(target) ? target.writeLent(bytes, owner) : target.write(bytes);
}

/** An override of `write`, or another object that an override of `copyfile` passes, may keep the bytes. */
function keepsNothing(target: ByteWriter): boolean {
  return target.write === ByteWriter.prototype.write;
}

function isCrowded(): boolean {
  return copies > FEW_COPIES;
}
