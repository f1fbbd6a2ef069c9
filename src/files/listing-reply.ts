/**
 * The response for a directory: fields, and content that is generated while it is sent.
 *
 * @module
 */

import { prefersJson } from "./accept.js";
import { madeContent, type ServedFile } from "./content.js";
import type { Field } from "./content-reply.js";
import type { Listing, ListingEntry } from "./listing.js";
import { policyOfPage } from "./listing-look.js";
import { nameFilter, parseListingQuery, sortEntries } from "./listing-order.js";
import { listingJson, listingPage } from "./listing-page.js";
import { placeOf } from "./listing-place.js";
import type { ListingSlot } from "./listing-queue.js";
import { pause } from "./loop-share.js";
import { splitTarget } from "./url-path.js";

/** Parts of a request that a listing depends on. */
export interface ListingRequest {
  /** The target, as it was received. */
  readonly target: string;
  /** The value of `Accept`, several lines joined by `, `; `null` if it is absent. */
  readonly accept: string | null;
  /** Aborted when the client has disconnected: the work ends. */
  readonly signal?: AbortSignal;
  /**
   * The slot in the queue. The response owns it, and reports to it when the listing is prepared, and when it is
   * released.
   */
  readonly slot?: ListingSlot | undefined;
  /** The decoded path at which the served directory begins. No link leads above it. Default `/`. */
  readonly base?: string;
  /** Text before the path in the title of the page. Default: Python's. */
  readonly title?: string;
}

/** Response to a {@link ListingRequest}. Its status is 200. */
export interface ListingReply {
  readonly fields: readonly Field[];
  /** The body. The caller must close it, even if it was not read. */
  readonly file: ServedFile;
}

/** Number of characters that are written at a time. */
const PIECE = 64 * 1024;

/** Milliseconds between two pieces of white space, which show that the server is still working. */
const SIGN_EVERY = 20;

/** Rows between two pauses: less than 100 µs. */
const ROWS_AT_ONCE = 64;

/**
 * Returns the entries of a directory as a page, or as JSON for clients that prefer it. The query sorts and filters
 * both.
 *
 * The entries are read at the first `read`, and the text is only written as fast as the client reads it. The memory
 * holds about 160 bytes for each entry, and a piece of the text.
 *
 * @param listing - the open directory; the response owns it
 */
export function listingReply(listing: Listing, request: ListingRequest): ListingReply {
  const isJson = prefersJson(request.accept);
  const policy: Field[] = isJson ? [] : [["Content-Security-Policy", policyOfPage()]];
  return {
    fields: [
      ["Content-type", `${isJson ? "application/json" : "text/html"}; charset=utf-8`],
      ["Vary", "Accept"],
      ["X-Content-Type-Options", "nosniff"],
      ...policy,
    ],
    file: madeContent(
      () => textOf(listing, request, isJson),
      () => {
        request.slot?.end();
        listing.close();
      },
    ),
  };
}

async function* textOf(
  listing: Listing,
  { target, base, title, signal, slot }: ListingRequest,
  isJson: boolean,
): AsyncGenerator<string, void> {
  const { path, suffix } = splitTarget(target);
  const place = placeOf(path, base);
  const query = parseListingQuery(suffix);
  const form = isJson ? listingJson(place) : listingPage(place, query, title);
  yield form.begin;
  const isShown = nameFilter(query.filter);
  let shown: ListingEntry[] = [];
  const sum = { all: 0, directories: 0, bytes: 0, shown: 0 };
  let signed = performance.now();
  for await (const entries of listing.entries()) {
    for (const entry of entries) {
      sum.all += 1;
      if (entry.kind === "directory") sum.directories += 1;
      sum.bytes += entry.size ?? 0;
      if (isShown(entry.name)) shown.push(entry);
    }
    // A client that has closed its connection looks like one that has only ended its sending side, until something is
    // sent to it.
    if (performance.now() - signed >= SIGN_EVERY) {
      yield "\n";
      signed = performance.now();
    }
    await pause(signal);
  }
  sum.shown = shown.length;
  shown = await sortEntries(shown, query, signal);
  slot?.hold();
  let text = form.middle(sum);
  for (const [at, entry] of shown.entries()) {
    text += form.row(entry);
    if (at % ROWS_AT_ONCE !== 0) continue;
    if (text.length >= PIECE) {
      yield text;
      text = "";
    }
    await pause(signal);
  }
  yield text + form.end(sum);
  slot?.end();
}
