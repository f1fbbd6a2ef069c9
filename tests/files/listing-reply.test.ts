import assert from "node:assert/strict";
import * as fs from "node:fs";
import { join } from "node:path";
import test, { type TestContext } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { type DirectoryListing, openListing } from "#src/files/listing.js";
import { type ListingReply, listingReply } from "#src/files/listing-reply.js";
import { temporaryDirectory } from "../support/file-server.js";

/** A reply with a directory of some files, and what its turn was told. */
function replyFor(t: TestContext, count: number): { reply: ListingReply; told: string[] } {
  const directory = temporaryDirectory(t);
  for (let at = 0; at < count; at++) fs.writeFileSync(join(directory, `${at}`), "");
  const opened = openListing(directory) as { listing: DirectoryListing };
  const told: string[] = [];
  const turn = { hold: () => told.push("hold"), end: () => told.push("end") };
  const reply = listingReply(opened.listing, {
    target: "/",
    accept: null,
    turn: { hold: () => void turn.hold(), end: () => void turn.end() },
  });
  return { reply, told };
}

async function readAll({ file }: ListingReply): Promise<void> {
  while ((await file.read(64 * 1024)).length > 0);
}

test("the turn of a listing becomes a hold when it is prepared, and ends with the last piece", async (t) => {
  const { reply, told } = replyFor(t, 10);
  assert.deepEqual(told, []);
  await readAll(reply);
  assert.deepEqual(told, ["hold", "end"]);
  reply.file.close();
});

test("the turn of a listing becomes a hold though its client takes nothing of it", async (t) => {
  const { reply, told } = replyFor(t, 5000);
  await reply.file.read(64 * 1024);
  for (let turns = 0; turns < 10_000 && told.length === 0; turns++) await turn();
  assert.deepEqual(told, ["hold"]);
  reply.file.close();
  assert.deepEqual(told, ["hold", "end"]);
});

test("the turn of a listing that is not read ends when it is closed", (t) => {
  const { reply, told } = replyFor(t, 1);
  reply.file.close();
  assert.equal(told[0], "end");
});
