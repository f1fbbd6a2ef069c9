/**
 * Digests of content, RFC 9530.
 *
 * @module
 */

import { type Awaitable, after } from "../io/awaitable.js";
import type { OpenContent } from "./content.js";
import type { Field } from "./content-reply.js";

/** Bytes that are read at a time. */
const PIECE = 256 * 1024;

// A member of a dictionary of structured fields (RFC 9651 §3.2): a key, and an integer from 0 to 10 (RFC 9530 §4).
const PREFERENCE = /^\s*([a-z*][a-z0-9_.*-]*)\s*=\s*([0-9]{1,2})\s*(?:;.*)?$/;

/**
 * True if a client wants a SHA-256 digest. Without the field, the client gets one.
 *
 * @param want - the value of `Want-Repr-Digest`; `null` if it is absent
 */
export function wantsSha256(want: string | null): boolean {
  if (want === null) return true;
  const members = want.split(",").map((member) => PREFERENCE.exec(member));
  return members.some((found) => found?.[1] === "sha-256" && Number(found[2]) > 0);
}

/**
 * Returns the SHA-256 of content in base64. It reads the content; the next read starts at the beginning again.
 *
 * @param size - in bytes
 */
export function sha256Of(content: OpenContent, size: number): Awaitable<string> {
  const hash = process.getBuiltinModule("node:crypto").createHash("sha256");
  const go = (): Awaitable<string> =>
    after(content.read(PIECE), (bytes) => {
      if (bytes.length > 0) {
        hash.update(bytes);
        return go();
      }
      content.window(0, size);
      return hash.digest("base64");
    });
  return go();
}

/**
 * Returns the fields for a digest: `Repr-Digest`, and also `Content-Digest` if the content is the whole representation.
 *
 * @param digest - in base64
 */
export function digestFields(digest: string, isWhole: boolean): readonly Field[] {
  const names = isWhole ? ["Repr-Digest", "Content-Digest"] : ["Repr-Digest"];
  return names.map((name) => [name, `sha-256=:${digest}:`]);
}
