/**
 * Functions that test complete texts by the grammar of RFC 9110 and 9112.
 *
 * Texts are latin-1: a character is a byte. Character classes are written out, because `\s`, `\w` and `trim()` also
 * accept characters that HTTP does not allow.
 *
 * @module
 */

// token = 1*tchar (RFC 9110 §5.6.2)
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;

// field-value without folding: HTAB, SP, VCHAR, obs-text; callers have removed outer spaces (RFC 9110 §5.5)
const FIELD_VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;

// reason-phrase = 1*( HTAB / SP / VCHAR / obs-text ) (RFC 9112 §4)
const REASON_PHRASE = FIELD_VALUE;

// reg-name, IPv4address: unreserved / pct-encoded / sub-delims (RFC 3986 §3.2.2); port = *DIGIT. Only the whole text
// may be empty: an http URI has a host (RFC 9110 §4.2.1), so a port alone is invalid.
const NAMED_HOST = /^(?:[0-9A-Za-z\-._~!$&'()*+,;=]|%[0-9A-Fa-f]{2})+(?::([0-9]*))?$/;

// IP-literal = "[" ( IPv6address / IPvFuture ) "]"
const LITERAL_HOST =
  /^\[(?:([vV][0-9A-Fa-f]+\.[0-9A-Za-z\-._~!$&'()*+,;=:]+)|([0-9A-Fa-f:.]+))\](?::([0-9]*))?$/;

/** True if the text is a token, such as a method, a field name or a coding: RFC 9110 §5.6.2. */
export function isToken(text: string): boolean {
  return TOKEN.test(text);
}

/** True if the text is a valid field value: no control characters, except tabs (RFC 9110 §5.5). */
export function isFieldValue(text: string): boolean {
  return FIELD_VALUE.test(text);
}

/** True if the text is a valid reason phrase: RFC 9112 §4. */
export function isReasonPhrase(text: string): boolean {
  return REASON_PHRASE.test(text);
}

/** True if the text is a valid `Host`: `uri-host [ ":" port ]` (RFC 9110 §7.2). It may be empty. */
export function isHost(text: string): boolean {
  if (text === "") return true;
  const named = NAMED_HOST.exec(text);
  if (named) return isPort(named[1]);
  const literal = LITERAL_HOST.exec(text);
  if (!literal) return false;
  return (literal[2] === undefined || isIPv6Address(literal[2])) && isPort(literal[3]);
}

const SPACE = 0x20;
const TAB = 0x09;

/** Removes spaces and tabs (OWS, RFC 9110 §5.6.3) from both ends. */
export function trimWhitespace(text: string): string {
  let start = 0;
  let end = text.length;
  for (let code = text.charCodeAt(start); code === SPACE || code === TAB; ) code = text.charCodeAt(++start);
  for (let code = text.charCodeAt(end - 1); end > start && (code === SPACE || code === TAB); )
    code = text.charCodeAt(--end - 1);
  return start === 0 && end === text.length ? text : text.slice(start, end);
}

/** Returns the members of a list (`#element`, RFC 9110 §5.6.1) in lower case, without empty ones. */
export function listMembers(value: string): string[] {
  return value
    .split(",")
    .map((member) => trimWhitespace(member).toLowerCase())
    .filter((member) => member !== "");
}

function isPort(digits: string | undefined): boolean {
  return digits === undefined || digits === "" || (digits.length <= 5 && Number(digits) <= 65_535);
}

/**
 * True for an IPv6 address without brackets or a zone: RFC 3986 §3.2.2. It has eight groups of up to four digits. One
 * "::" may replace groups of zeros. The last two groups may be an IPv4 address.
 */
export function isIPv6Address(text: string): boolean {
  return /^[0-9A-Fa-f:.]+$/.test(text) && URL.canParse(`http://[${text}]`);
}

/** True for four decimal numbers up to 255, without leading zeros: RFC 3986 §3.2.2. */
export function isIPv4Address(text: string): boolean {
  const parts = text.split(".");
  return (
    parts.length === 4 && parts.every((part) => /^(?:0|[1-9][0-9]{0,2})$/.test(part) && Number(part) <= 255)
  );
}
