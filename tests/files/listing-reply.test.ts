import assert from "node:assert/strict";
import * as fs from "node:fs";
import { join } from "node:path";
import test, { type TestContext } from "node:test";
import { type Listing, openListing } from "#src/files/listing.js";
import { type ListingReply, listingReply } from "#src/files/listing-reply.js";
import { temporaryDirectory } from "../support/file-server.js";

/** A response with a directory of some files, and the calls of its slot. */
async function replyFor(t: TestContext, count: number): Promise<{ reply: ListingReply; told: string[] }> {
  const directory = temporaryDirectory(t);
  for (let at = 0; at < count; at++) fs.writeFileSync(join(directory, `${at}`), "");
  const opened = (await openListing(directory, () => true)) as { listing: Listing };
  const told: string[] = [];
  const slot = { hold: () => told.push("hold"), end: () => told.push("end") };
  const reply = listingReply(opened.listing, {
    target: "/",
    accept: null,
    slot: { hold: () => void slot.hold(), end: () => void slot.end() },
  });
  return { reply, told };
}

async function readAll({ file }: ListingReply): Promise<void> {
  while ((await file.read(64 * 1024)).length > 0);
}

test("the slot of a listing is held when the listing is prepared, and ends with the last piece", async (t) => {
  const { reply, told } = await replyFor(t, 10);
  assert.deepEqual(told, []);
  await readAll(reply);
  assert.deepEqual(told, ["hold", "end"]);
  reply.file.close();
});

test("a response begins before its directory is read", async (t) => {
  const { reply, told } = await replyFor(t, 3000);
  assert.match((await reply.file.read(64 * 1024)).toString(), /^<!DOCTYPE html>.*<\/nav>\n$/s);
  assert.deepEqual(told, []);
  reply.file.close();
  assert.deepEqual(told, ["end"]);
});

test("the slot of a listing is held before its first row", async (t) => {
  const { reply, told } = await replyFor(t, 5000);
  for (let text = ""; !text.includes('<tr class="f">'); ) text = (await reply.file.read(1024)).toString();
  assert.deepEqual(told, ["hold"]);
  reply.file.close();
  assert.deepEqual(told, ["hold", "end"]);
});

test("the slot of a listing that is not read ends when it is closed", async (t) => {
  const { reply, told } = await replyFor(t, 1);
  reply.file.close();
  assert.equal(told[0], "end");
});
