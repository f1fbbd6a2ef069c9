/**
 * Entity tags, RFC 9110 §8.8.3: read, compared, and told apart by strength.
 *
 * @module
 */

/**
 * An entity tag as it is written in a field: `"x"` is strong, `W/"x"` weak. The quotes belong to it, and so does the case.
 *
 * A string and not an object: it is compared character by character, and sent as it is.
 */
export type EntityTag = `"${string}"` | `W/"${string}"`;

/** What `If-Match` or `If-None-Match` says: any tag at all, one of some, or something that is no list of tags. */
export type EntityTagList = "*" | "invalid" | readonly EntityTag[];

// entity-tag = [ %s"W/" ] DQUOTE *etagc DQUOTE; etagc = %x21 / %x23-7E / obs-text. A comma may stand in it, a space may not.
const ETAGC = "[\\x21\\x23-\\x7e\\x80-\\xff]";
const ENTITY_TAG = new RegExp(`^(?:W/)?"${ETAGC}*"$`);

// One member with all that may stand before it: empty members, and white space (RFC 9110 §5.6.1.2). Whatever it meets it
// reads once, since no two of its parts can begin with the same character.
const MEMBER = new RegExp(`[\\t ,]*((?:W/)?"${ETAGC}*")[\\t ]*(?:,|$)`, "y");
const ONLY_EMPTY_MEMBERS = /^[\t ,]*$/;

/**
 * True if a text is one entity tag: for what a program gives to be sent, and for `If-Range`.
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
 * A list with one member that is no tag is `"invalid"` as a whole: what is left of it need not be what was meant.
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

/** True if a tag promises no more than that the content means the same. */
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
 * The tag of a representation that a content coding makes of another while it is sent.
 *
 * It differs from the other's, since the bytes do (RFC 9110 §8.8.3.3), and is weak, since the next version of the compressor
 * may make other bytes of the same content; nginx does it so too. A file that holds the coded bytes has a tag of its own.
 *
 * @param tag - the tag of what is coded
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
