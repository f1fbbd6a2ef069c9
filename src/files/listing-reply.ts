/**
 * What a directory is answered with: fields, and content that is made while it is sent.
 *
 * @module
 */

import { prefersJson } from "./accept.js";
import { BackgroundWork } from "./background-work.js";
import type { ServedFile } from "./content.js";
import { GeneratedFile, type Piece, type Pieces } from "./generated-file.js";
import type { DirectoryListing } from "./listing.js";
import { listingJson } from "./listing-json.js";
import { CONTENT_SECURITY_POLICY } from "./listing-look.js";
import { type ListingQuery, parseListingQuery, sortEntries } from "./listing-order.js";
import { listingPage } from "./listing-page.js";
import { placeOf } from "./listing-place.js";
import type { ListingEntries } from "./listing-table.js";
import type { ListingTurn } from "./listing-turns.js";
import { splitTarget } from "./url-path.js";

/** What a listing depends on of its request. */
export interface ListingRequest {
  /** As it was received. */
  readonly target: string;
  /** The value of `Accept`, several lines joined by `, `; `null` if it is absent. */
  readonly accept: string | null;
  /** Aborted when the client is gone: the work ends. */
  readonly signal?: AbortSignal;
  /** Belongs to the reply: it is told when the entries are there, and when they are gone. */
  readonly turn?: ListingTurn | undefined;
  /** The path at which the served directory begins, decoded: no link leads above it. `/` by default. */
  readonly base?: string;
  /** Stands before the path in the title of a page. Python's by default. */
  readonly title?: string;
}

/** The answer to a {@link ListingRequest}, but for its status: 200. */
export interface ListingReply {
  readonly fields: readonly (readonly [name: string, value: string])[];
  /** To be closed, read or not. */
  readonly file: ServedFile;
}

type ListingFormat = "html" | "json";

const FIELDS: Readonly<Record<ListingFormat, ListingReply["fields"]>> = {
  html: fieldsOf("text/html; charset=utf-8", [["Content-Security-Policy", CONTENT_SECURITY_POLICY]]),
  json: fieldsOf("application/json; charset=utf-8", []),
};

function fieldsOf(type: string, more: ListingReply["fields"]): ListingReply["fields"] {
  return [["Content-type", type], ["Vary", "Accept"], ["X-Content-Type-Options", "nosniff"], ...more];
}

/**
 * Answers with what is in a directory: as a page, or as JSON for those who prefer it. The query sorts and filters both.
 *
 * Nothing is looked at before the first `read`. Then the entries are looked at and sorted, whatever the client takes meanwhile. In
 * memory are a few dozen bytes for each entry (see `ListingTable`), and as much of the text as one `read` gives.
 *
 * @param listing - belongs to the reply from now on
 */
export function listingReply(
  listing: Pick<DirectoryListing, "entries" | "close">,
  request: ListingRequest,
): ListingReply {
  const { signal, turn } = request;
  const format = prefersJson(request.accept) ? "json" : "html";
  const query = parseListingQuery(splitTarget(request.target).suffix);
  const onEnd = () => turn?.hold();
  const work = new BackgroundWork(inOrder(listing, query), { signal, onEnd });
  const close = () => {
    turn?.end();
    work.stop();
    listing.close();
  };
  return { fields: FIELDS[format], file: new GeneratedFile(piecesOf(work, format, request), close, signal) };
}

function* piecesOf(
  work: BackgroundWork<ListingEntries>,
  format: ListingFormat,
  { target, base, title, turn }: ListingRequest,
): Pieces {
  const { path, suffix } = splitTarget(target);
  const place = placeOf(path, base);
  const query = parseListingQuery(suffix);
  const prepare = withSigns(work);
  yield* format === "json" ? listingJson(place, prepare, query) : listingPage(place, prepare, query, title);
  turn?.end();
}

function* inOrder(
  listing: Pick<DirectoryListing, "entries">,
  query: ListingQuery,
): Generator<undefined, ListingEntries> {
  return yield* sortEntries(yield* listing.entries(), query);
}

/**
 * Has a line end sent every so often while there is nothing else to send. A client that has closed its connection looks like one that
 * has only ended its sending, and waits for its reply, till it is sent something: a system that knows of no such connection says so.
 */
function* withSigns<Result>(work: BackgroundWork<Result>): Generator<Piece, Result> {
  for (work.start(); !work.isEnded; ) {
    yield work.sign();
    if (!work.isEnded) yield "\n";
  }
  return work.result;
}
