/**
 * Options of a handler for the content that it sends.
 *
 * @module
 */

import { inspect } from "node:util";
import { checkOptions } from "../errors/check-options.js";
import { type Content, isValidDate, sizeOf } from "../files/content.js";
import type { Representation } from "../files/content-reply.js";
import { type EntityTag, isEntityTag } from "../files/entity-tag.js";
import { mediaTypeOf, splitExtension } from "../files/media-type.js";
import { type Awaitable, after } from "../io/awaitable.js";
import { optional, type Rule, TEXT, whole } from "../socketserver/settings.js";

/** Options of {@link BaseHTTPRequestHandler.send_content}. All are optional. */
export interface ContentOptions {
  /**
   * The value of `Content-Type`. Default: the type of a `Blob`, or of the suffix of `name`; otherwise
   * `text/plain; charset=utf-8` for a string, and `application/octet-stream`.
   */
  readonly type?: string;
  /** Time of the last modification. Without it, there is no `Last-Modified`. */
  readonly modified?: Date | null;
  /**
   * The entity tag with its quotes: `"x"`, or `W/"x"` if content with this tag is only equivalent. Default: a digest
   * for strings and bytes; `null` sends none.
   */
  readonly etag?: string | null;
  /** The file name under which the client saves it, instead of showing it (`Content-Disposition: attachment`). */
  readonly name?: string;
  /** The size of a function's content, in bytes. Without it, the content is sent in chunks, and has no ranges. */
  readonly size?: number;
  /** The value of `Cache-Control`. */
  readonly cache_control?: string;
}

const RULES: Readonly<Record<keyof ContentOptions, Rule>> = {
  type: optional(TEXT),
  modified: optional({ allowed: "a valid Date", allows: isValidDate }),
  etag: optional({
    allowed: 'an entity tag with its quotes, "x" or W/"x"',
    allows: (tag) => typeof tag === "string" && isEntityTag(tag),
  }),
  name: TEXT,
  size: optional(whole(0)),
  cache_control: optional(TEXT),
};

/** Returns the fields for content with these options. */
export function representationOf(content: Content, options: ContentOptions): Awaitable<Representation> {
  checkOptions(options, RULES, "send_content()");
  let name: keyof ContentOptions;
  for (name in RULES) {
    const { [name]: value } = options;
    if (value !== undefined && !RULES[name].allows(value))
      throw new TypeError(
        `The option ${name} of send_content() must be ${RULES[name].allowed}, not ${inspect(value)}.`,
      );
  }
  const size = options.size ?? sizeOf(content);
  return after(size, (known) => described(content, known, options));
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
  if (etag !== undefined) return etag as EntityTag | null;
  return typeof content === "string" || content instanceof Uint8Array
    ? `"${process.getBuiltinModule("node:crypto").hash("sha1", content, "base64url")}"`
    : null;
}

function typeOf(content: Content, name: string | undefined): string {
  if (content instanceof Blob && content.type !== "") return content.type;
  const known = name === undefined ? undefined : mediaTypeOf(splitExtension(name)[1]);
  return known ?? (typeof content === "string" ? "text/plain; charset=utf-8" : "application/octet-stream");
}

/** RFC 6266: a name in ASCII for old clients, and the name itself (RFC 8187) if it is different. */
function dispositionOf(name: string): string {
  const whole = name.replace(/\p{Surrogate}/gu, "_"); // lone surrogates can't be encoded
  const ascii = whole.replace(/[^ !#$%&'()+,.\w~^`{}@;=[\]-]/g, "_");
  const plain = `attachment; filename="${ascii}"`;
  if (ascii === name && !name.includes("%")) return plain;
  const encoded = encodeURIComponent(whole).replace(
    /['()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return `${plain}; filename*=UTF-8''${encoded}`;
}
