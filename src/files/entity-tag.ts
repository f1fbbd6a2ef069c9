/**
 * Entity tags, RFC 9110 §8.8.3: parsing and comparison.
 *
 * @module
 */

/**
 * An entity tag as it is written in a field: `"x"` is strong, `W/"x"` weak. It includes the quotes, and case matters.
 *
 * It is a string, because it is compared character by character, and sent unchanged.
 */
export type EntityTag = `"${string}"` | `W/"${string}"`;

/** Value of `If-Match` or `If-None-Match`: any tag (`*`), a list of tags, or something invalid. */
export type EntityTagList = "*" | "invalid" | readonly EntityTag[];

// entity-tag = [ %s"W/" ] DQUOTE *etagc DQUOTE; etagc = %x21 / %x23-7E / obs-text. It may contain a comma, but not a
// space.
const ETAGC = "[\\x21\\x23-\\x7e\\x80-\\xff]";
const ENTITY_TAG = new RegExp(`^(?:W/)?"${ETAGC}*"$`);

// One member after empty members and white space (RFC 9110 §5.6.1.2). It reads each character once, because no two of
// its parts can begin with the same character.
const MEMBER = new RegExp(`[\\t ,]*((?:W/)?"${ETAGC}*")[\\t ]*(?:,|$)`, "y");
const ONLY_EMPTY_MEMBERS = /^[\t ,]*$/;

/**
 * True if a text is one entity tag: for tags of a program, and for `If-Range`.
 *
 * @example
 * isEntityTag('W/"a,b"'); // true
 * isEntityTag("abc"); // false
 */
export function isEntityTag(text: string): text is EntityTag {
  return ENTITY_TAG.test(text);
}

/**
 * Reads the value of `If-Match` or `If-None-Match`: `"*" / #entity-tag`.
 *
 * A list with an invalid member is `"invalid"` as a whole, because it is unclear which tags the client meant.
 *
 * @param value - several field lines are joined by commas (RFC 9110 §5.2)
 * @example
 * parseEntityTagList('"a", , W/"b,c"'); // ['"a"', 'W/"b,c"']
 * parseEntityTagList('"a", *'); // "invalid"
 */
export function parseEntityTagList(value: string): EntityTagList {
  if (isEntityTag(value)) return [value];
  if (/^[\t ]*\*[\t ]*$/.test(value)) return "*";
  const tags: EntityTag[] = [];
  let at = 0;
  for (let tag = memberAt(value, at); tag !== undefined; tag = memberAt(value, at)) {
    tags.push(tag);
    at = MEMBER.lastIndex;
  }
  return ONLY_EMPTY_MEMBERS.test(value.slice(at)) ? tags : "invalid";
}

function memberAt(value: string, at: number): EntityTag | undefined {
  MEMBER.lastIndex = at;
  return MEMBER.exec(value)?.[1] as EntityTag | undefined;
}

/** True if a tag is weak: it promises only equivalent content. */
export function isWeak(tag: EntityTag): boolean {
  return tag.charCodeAt(0) === 0x57; // W
}

/** Strong comparison, RFC 9110 §8.8.3.2: the same characters, and neither is weak. For `If-Match` and `If-Range`. */
export function matchesStrongly(one: EntityTag, other: EntityTag): boolean {
  return one === other && !isWeak(one);
}

/** Weak comparison, RFC 9110 §8.8.3.2: the same characters, weak or not. For `If-None-Match`. */
export function matchesWeakly(one: EntityTag, other: EntityTag): boolean {
  return opaqueTagOf(one) === opaqueTagOf(other);
}

/**
 * Returns the tag of content that is compressed while it is sent.
 *
 * It differs from the tag of the original, because the bytes differ (RFC 9110 §8.8.3.3). It is weak, because another version of the compressor may produce other bytes; nginx does the same. A precompressed file has its own tag.
 *
 * @param tag - the tag of the original
 * @param coding - as in `Content-Encoding`
 * @example
 * codedEntityTag('"x"', "gzip"); // 'W/"x-gzip"'
 */
export function codedEntityTag(tag: EntityTag, coding: string): EntityTag {
  return `W/${opaqueTagOf(tag).slice(0, -1)}-${coding}"` as EntityTag;
}

function opaqueTagOf(tag: EntityTag): string {
  return isWeak(tag) ? tag.slice(2) : tag;
}
