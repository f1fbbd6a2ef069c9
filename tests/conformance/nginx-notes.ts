/**
 * Rows of `files.ts` that nginx (1.22) answers differently: the row's name, nginx's response, and whether the RFC
 * allows it. A note is for both methods, or for one of them.
 */

export type NginxNote = string | { readonly GET?: string; readonly HEAD?: string };

const FIRST_LINE = "looks at the first of several field lines alone";
const BOTH = "lets no field switch another one off, against §13.2.2";
const NO_RANGE = "answers 416 to what is no range, which §15.5.17 allows";
const TOO_LARGE = "answers 416 to numbers that are too large for 64 bits";
const APART = {
  GET: "sends ranges apart that overlap or touch, which §15.3.7.2 allows",
  HEAD: "has ranges for HEAD too, against §14.2",
};
const NO_MODULE = "has neither brotli nor zstd without modules of others";
const GZIP_ALONE = "looks for the word gzip and its weight, and for nothing else";

/** For all rows with a satisfiable range, or none: nginx answers HEAD with 206 and 416. */
export const HEAD_RANGES = APART.HEAD;

export const NGINX_NOTES: Readonly<Record<string, NginxNote>> = {
  "If-Match with the tag on a second line": FIRST_LINE,
  "If-None-Match with the tag on a second line": FIRST_LINE,
  "If-Modified-Since in another zone": "takes any zone for GMT, against §5.6.7",
  "If-Unmodified-Since with what is no date": "takes what is no date for a very early one, against §13.1.4",
  "a true If-Match and an earlier If-Unmodified-Since": BOTH,
  "If-None-Match with the tag and an earlier If-Modified-Since": BOTH,

  "to far behind the end": TOO_LARGE,
  "a suffix of very much": TOO_LARGE,
  "a list with empty members": "answers 416 to a list with empty members, against §5.6.1.2",
  "the last before the first": NO_RANGE,
  "no number": NO_RANGE,
  letters: NO_RANGE,
  "a number alone": NO_RANGE,
  "space within a range": NO_RANGE,
  "one that is valid and one that is not": NO_RANGE,
  "ranges that overlap": APART,
  "ranges that touch": APART,
  "the same range a hundred times": {
    GET: "sends the whole where the ranges together are more than it, which §14.2 allows",
  },

  "x-gzip": GZIP_ALONE,
  zstd: NO_MODULE,
  "what browsers accept": NO_MODULE,
  anything: GZIP_ALONE,
  "anything but": NO_MODULE,
  "identity with more weight": GZIP_ALONE,
  "a range of what could be coded": "sends the coded content, whole to GET, which §14.2 allows",
  "an archive beside its compressed one": "takes a .tar.gz for the coded content of a .tar",
};
