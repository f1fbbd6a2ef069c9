import type { Socket } from "node:net";
import type { ServedFile } from "../files/content.js";
import { Directory } from "../files/directory.js";
import type { OpenedListing } from "../files/listing.js";
import { ListingQueue, type ListingSlot } from "../files/listing-queue.js";
import { listingReply } from "../files/listing-reply.js";
import { isShownName } from "../files/resolve-url-path.js";
import { type Awaitable, after, isPromise } from "../io/awaitable.js";
import { dropConnection } from "../io/drop-connection.js";
import { addressBlock } from "../socketserver/address-block.js";
import { closingOnError, fieldValue } from "./content-sending.js";
import { sendExtra } from "./extra-headers.js";
import { type SiteFiles, withSlash } from "./site-files.js";

/** Queue of the listings of this thread. */
const queue = new ListingQueue();

/**
 * Sends the header of a listing.
 *
 * @param path - the directory
 * @returns the page; `null` if the response is complete
 */
export function sendListing(files: SiteFiles, path: string): Awaitable<ServedFile | null> {
  return after(openListing(files, path), (opened) => {
    if (opened.kind !== "listing" || !opened.listing.isLong) return sendOpened(files, opened);
    const slot = takeSlot(files);
    if (!isPromise(slot)) return sendOpened(files, opened, slot);
    // Nothing stays open while a request waits.
    opened.listing.close();
    return slot.then(async (taken) => sendOpened(files, await openListing(files, path), taken));
  });
}

function openListing(files: SiteFiles, path: string): Awaitable<OpenedListing> {
  const { tree } = files;
  const { base_path, dotfiles } = files.handler;
  // `.well-known` has its meaning only at the root of a host (RFC 8615 §3).
  const place = files.isRoot(path) && base_path === "" ? "root" : "below";
  const isListed = (name: string) => isShownName(name, place, dotfiles);
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

function takeSlot({ handler, closed }: SiteFiles): Awaitable<ListingSlot> {
  const { max_listings: limit, client_address: address } = handler;
  const client = typeof address === "string" ? address : addressBlock(address[0]);
  const giveUp = () => dropConnection(handler.request as Socket);
  return queue.take({ client, limit, signal: closed, giveUp });
}

/** @param slot - slot of a long listing. The listing ends it */
function sendOpened(
  files: SiteFiles,
  opened: OpenedListing,
  slot?: ListingSlot,
): Awaitable<ServedFile | null> {
  const { handler } = files;
  if (opened.kind !== "listing") {
    slot?.end();
    return opened.kind === "unavailable"
      ? files.fail(opened.error)
      : files.refuse(404, "No permission to list directory");
  }
  const { fields, file } = listingReply(opened.listing, {
    target: handler.path,
    accept: fieldValue(handler.headers, "Accept"),
    signal: files.closed,
    base: withSlash(handler.base_path),
    title: handler.listing_title,
    slot,
  });
  return closingOnError(file, () => {
    handler.send_response(200);
    handler.send_default_headers(fields);
    sendExtra(handler, false);
    handler.end_headers();
    return file;
  });
}
