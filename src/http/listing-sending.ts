/**
 * The response with a listing, which may have to wait for its turn.
 *
 * @module
 */

import type { Socket } from "node:net";
import type { ServedFile } from "../files/content.js";
import { Directory } from "../files/directory.js";
import type { OpenedListing } from "../files/listing.js";
import { listingReply } from "../files/listing-reply.js";
import { type ListingTurn, ListingTurns } from "../files/listing-turns.js";
import { isShownName } from "../files/resolve-url-path.js";
import { type Awaitable, after, isPromise } from "../io/awaitable.js";
import { dropConnection } from "../io/drop-connection.js";
import { addressBlock } from "../socketserver/address-block.js";
import { closingOnError, joined } from "./content-sending.js";
import { sendExtra } from "./extra-headers.js";
import { sendFailure } from "./missing-reply.js";
import { type FileHandler, type SiteFiles, withSlash } from "./site-files.js";

/** Queue of the listings of this thread. */
const turns = new ListingTurns();

/**
 * Sends the header of a listing.
 *
 * @param path - the directory
 * @returns the page; `null` if the response is complete
 */
export function sendListing(
  handler: FileHandler,
  files: SiteFiles,
  path: string,
): Awaitable<ServedFile | null> {
  return after(openListing(handler, files, path), (opened) => {
    if (opened.kind !== "listing" || !opened.listing.isLong) return sendOpened(handler, files, opened);
    const turn = takeTurn(handler, files);
    if (!isPromise(turn)) return sendOpened(handler, files, opened, turn);
    // Nothing stays open while a request waits.
    opened.listing.close();
    return turn.then(async (taken) =>
      sendOpened(handler, files, await openListing(handler, files, path), taken),
    );
  });
}

function openListing(handler: FileHandler, files: SiteFiles, path: string): Awaitable<OpenedListing> {
  const { tree } = files;
  // `.well-known` has its meaning only at the root of a host (RFC 8615 §3).
  const place = files.isRoot(path) && handler.base_path === "" ? "root" : "below";
  const isListed = (name: string) => isShownName(name, place, handler.dotfiles);
  if (tree instanceof Directory) return tree.openListing(path, isListed);
  if (tree.list === undefined) return { kind: "missing" };
  return after(tree.list(path), (listed) => {
    if ("kind" in listed) return listed;
    const entries = async function* () {
      for await (const entry of listed) if (isListed(entry.name)) yield [entry];
    };
    return { kind: "listing", listing: { isLong: false, entries, close: () => {} } };
  });
}

function takeTurn(handler: FileHandler, { closed }: SiteFiles): Awaitable<ListingTurn> {
  const { max_listings: limit, client_address: address } = handler;
  const client = typeof address === "string" ? address : addressBlock(address[0]);
  const giveUp = () => dropConnection(handler.request as Socket);
  return turns.take({ client, limit, signal: closed, giveUp });
}

/** @param turn - turn of a long listing; it ends with the listing */
function sendOpened(
  handler: FileHandler,
  files: SiteFiles,
  opened: OpenedListing,
  turn?: ListingTurn,
): Awaitable<ServedFile | null> {
  if (opened.kind !== "listing") {
    turn?.end();
    if (opened.kind === "unavailable") return sendFailure(handler, opened);
    handler.send_error(404, "No permission to list directory");
    return null;
  }
  const { fields, file } = listingReply(opened.listing, {
    target: handler.path,
    accept: joined(handler.headers, "Accept"),
    signal: files.closed,
    base: withSlash(handler.base_path),
    title: handler.listing_title,
    turn,
  });
  return closingOnError(file, () => {
    handler.send_response(200);
    handler.send_default_headers(fields);
    sendExtra(handler, false);
    handler.end_headers();
    return file;
  });
}
