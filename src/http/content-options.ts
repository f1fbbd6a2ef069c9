/**
 * Facts that a handler gives about the content that it sends.
 *
 * @module
 */

import { hash } from "node:crypto";
import { checkOptions, type OptionNames } from "../errors/check-options.js";
import { type Content, sizeOf } from "../files/content.js";
import type { Representation } from "../files/content-reply.js";
import { type EntityTag, isEntityTag } from "../files/entity-tag.js";
import { mediaTypeOf, splitExtension } from "../files/media-type.js";
import { type Awaitable, isPromise } from "../io/awaitable.js";

/** What {@link BaseHTTPRequestHandler.send_content} is told of a content. All of it may be left out. */
export interface ContentOptions {
  /**
   * The value of `Content-Type`. Without it, the type of a `Blob`, or that of the suffix of `name`; else `text/plain; charset=utf-8` for a
   * string, and `application/octet-stream`.
   */
  readonly type?: string;
  /** When it was last modified. Without it there is no `Last-Modified`. */
  readonly modified?: Date | null;
  /**
   * The entity tag with its quotes: `"x"`, or `W/"x"` if two contents with it only mean the same. Without it, strings and bytes get a digest
   * of the content; `null` sends none.
   */
  readonly etag?: string | null;
  /** The name to save it by: the client saves it instead of showing it (`Content-Disposition: attachment`). */
  readonly name?: string;
  /** The size of what a function gives, in bytes. Without it, it is sent in chunks, and has no ranges. */
  readonly size?: number;
  /** The value of `Cache-Control`. */
  readonly cache_control?: string;
}

const NAMES: OptionNames<ContentOptions> = {
  type: true,
  modified: true,
  etag: true,
  name: true,
  size: true,
  cache_control: true,
};

/** Puts together what is said of a content. */
export function representationOf(content: Content, options: ContentOptions): Awaitable<Representation> {
  checkOptions(options, NAMES, "send_content()");
  const size = options.size ?? sizeOf(content);
  return isPromise(size)
    ? size.then((known) => described(content, known, options))
    : described(content, size, options);
}

function described(content: Content, size: number | null, options: ContentOptions): Representation {
  const { modified, name, cache_control = null } = options;
  return {
    etag: tagOf(content, options.etag),
    lastModified: modified ? Math.floor(modified.getTime() / 1000) : null,
    isDateReliable: true,
    size,
    type: options.type ?? typeOf(content, name),
    coding: null,
    cacheControl: cache_control,
    vary: null,
    disposition: name === undefined ? null : dispositionOf(name),
  };
}

function tagOf(content: Content, etag: string | null | undefined): EntityTag | null {
  if (etag === null) return null;
  if (etag === undefined)
    return typeof content === "string" || content instanceof Uint8Array
      ? `"${hash("sha1", content, "base64url")}"`
      : null;
  if (isEntityTag(etag)) return etag;
  throw new TypeError(
    `etag must be an entity tag with its quotes, "x" or W/"x", not ${JSON.stringify(etag)}.`,
  );
}

function typeOf(content: Content, name: string | undefined): string {
  if (content instanceof Blob && content.type !== "") return content.type;
  const known = name === undefined ? undefined : mediaTypeOf(splitExtension(name)[1]);
  return known ?? (typeof content === "string" ? "text/plain; charset=utf-8" : "application/octet-stream");
}

/** RFC 6266: a name in ASCII for old clients, and the name itself (RFC 8187) where they differ. */
function dispositionOf(name: string): string {
  const whole = name.replace(/\p{Surrogate}/gu, "_"); // halves of characters can't be encoded
  const ascii = whole.replace(/[^ !#$%&'()+,.\w~^`{}@;=[\]-]/g, "_");
  const plain = `attachment; filename="${ascii}"`;
  if (ascii === name && !name.includes("%")) return plain;
  const encoded = encodeURIComponent(whole).replace(
    /['()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return `${plain}; filename*=UTF-8''${encoded}`;
}
