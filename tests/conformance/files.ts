/**
 * Requirements of RFC 9110 for conditional requests, ranges and negotiation, as rows that apply to any file
 * server. Each is for GET and for HEAD.
 *
 * In fields, expected fields and bodies, `{tag}` is the entity tag of the file, `{opaque}` the same without its `W/`,
 * `{date}` its `Last-Modified`, `{before}` and `{after}` a second earlier and later, `{boundary}` the text between the
 * parts of the response: see `support/file-rows.ts`.
 */

/** The served files, by name. Their date is Sun, 09 Sep 2001 01:46:40 GMT: `MODIFIED` of `support/file-server.ts`. */
export const FILES = {
  "digits.txt": "0123456789",
  "empty.txt": "",
  "style.css": "body { color: black }\n",
  "style.css.br": "(brotli)",
  // A frame of one block that is not compressed (RFC 8878 §3.1.1): servers check the size of its window.
  "style.css.zst": "\x28\xb5\x2f\xfd\x20\x06\x31\x00\x00(zstd)",
  "style.css.gz": "(gzip)",
  "archive.tar": "(tar)",
  "archive.tar.gz": "(tar, gzip)",
} as const;

/** Their bytes: each character is a byte. */
export const FILE_BYTES = Object.fromEntries(
  Object.entries(FILES).map(([name, text]) => [name, Buffer.from(text, "latin1")]),
);

export interface FileReply {
  readonly status: number;
  /** Required fields with their values; `null` for forbidden fields. */
  readonly fields: Readonly<Record<string, string | null>>;
  /** The content of the response to GET, in latin-1. Without it, the content is not compared: an error may have any. */
  readonly body?: string;
}

export interface FileRow {
  /** Section of RFC 9110. */
  readonly section: string;
  readonly name: string;
  readonly file: keyof typeof FILES;
  /** Field lines of the request. */
  readonly fields: readonly (readonly [name: string, value: string])[];
  readonly expected: FileReply;
  /** Expected response to HEAD, if it differs from the header of the response to GET. */
  readonly head?: FileReply;
}

type Fields = FileRow["fields"];

const ALL = FILES["digits.txt"];
const WHOLE: FileReply = {
  status: 200,
  fields: { "Content-Length": "10", "Content-Range": null, ETag: "{tag}", "Last-Modified": "{date}" },
  body: ALL,
};
const EMPTY: FileReply = { status: 200, fields: { "Content-Length": "0", "Content-Range": null }, body: "" };
/** A 304 repeats the tag (§15.4.5). */
const NOT_MODIFIED: FileReply = {
  status: 304,
  fields: { ETag: "{tag}", "Content-Range": null },
  body: "",
};
const FAILED: FileReply = { status: 412, fields: { "Content-Range": null } };
const UNSATISFIABLE: FileReply = { status: 416, fields: { "Content-Range": "bytes */10" } };

function part(first: number, last: number): FileReply {
  const fields = {
    "Content-Range": `bytes ${first}-${last}/10`,
    "Content-Length": String(last - first + 1),
    ETag: "{tag}",
    "Last-Modified": "{date}",
  };
  return { status: 206, fields, body: ALL.slice(first, last + 1) };
}

function parts(...ranges: readonly (readonly [first: number, last: number])[]): FileReply {
  const heads = ranges.map(
    ([first, last]) =>
      `\r\n--{boundary}\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Range: bytes ${first}-${last}/10\r\n\r\n${ALL.slice(first, last + 1)}`,
  );
  return {
    status: 206,
    fields: {
      "Content-Type": "multipart/byteranges; boundary={boundary}",
      "Content-Range": null,
      ETag: "{tag}",
      "Last-Modified": "{date}",
    },
    body: `${heads.join("")}\r\n--{boundary}--\r\n`,
  };
}

/** A row as a tuple; most are for one file. */
type ShortRow = readonly [
  section: string,
  name: string,
  fields: Fields,
  expected: FileReply,
  file?: keyof typeof FILES,
];

function rowOf([section, name, fields, expected, file = "digits.txt"]: ShortRow): FileRow {
  return { section, name, file, fields, expected };
}

const preconditions: readonly ShortRow[] = [
  ["§13.2.1", "no conditions", [], WHOLE],

  ["§13.1.1", "If-Match with the tag", [["If-Match", "{tag}"]], WHOLE],
  ["§13.1.1", "If-Match with another", [["If-Match", '"x"']], FAILED],
  ["§13.1.1", "If-Match with the tag among others", [["If-Match", '"x", , {tag}']], WHOLE],
  [
    "§13.1.1",
    "If-Match with the tag on a second line",
    [
      ["If-Match", '"x"'],
      ["If-Match", "{tag}"],
    ],
    WHOLE,
  ],
  ["§13.1.1", "If-Match with the tag as a weak one", [["If-Match", "W/{opaque}"]], FAILED],
  ["§13.1.1", "If-Match with *", [["If-Match", "*"]], WHOLE],
  ["§13.1.1", "If-Match without a tag", [["If-Match", ""]], FAILED],
  ["§13.1.1", "If-Match with what is no tag", [["If-Match", "x"]], FAILED],

  ["§13.1.2", "If-None-Match with the tag", [["If-None-Match", "{tag}"]], NOT_MODIFIED],
  ["§13.1.2", "If-None-Match with another", [["If-None-Match", '"x"']], WHOLE],
  ["§13.1.2", "If-None-Match with the tag as a weak one", [["If-None-Match", "W/{opaque}"]], NOT_MODIFIED],
  [
    "§13.1.2",
    "If-None-Match with the tag among others",
    [["If-None-Match", '"x",,W/"y,z"\t, {tag}']],
    NOT_MODIFIED,
  ],
  [
    "§13.1.2",
    "If-None-Match with the tag on a second line",
    [
      ["If-None-Match", '"x"'],
      ["If-None-Match", "{tag}"],
    ],
    NOT_MODIFIED,
  ],
  ["§13.1.2", "If-None-Match with *", [["If-None-Match", "*"]], NOT_MODIFIED],
  ["§13.1.2", "If-None-Match without a tag", [["If-None-Match", ""]], WHOLE],
  ["§13.1.2", "If-None-Match with what is no tag", [["If-None-Match", "x"]], WHOLE],
  ["§13.1.2", "If-None-Match with * in quotes", [["If-None-Match", '"*"']], WHOLE],
  ["§13.1.2", "If-None-Match of an empty file", [["If-None-Match", "{tag}"]], NOT_MODIFIED, "empty.txt"],

  ["§13.1.3", "If-Modified-Since with the date", [["If-Modified-Since", "{date}"]], NOT_MODIFIED],
  ["§13.1.3", "If-Modified-Since with an earlier date", [["If-Modified-Since", "{before}"]], WHOLE],
  ["§13.1.3", "If-Modified-Since with a later date", [["If-Modified-Since", "{after}"]], NOT_MODIFIED],
  [
    "§13.1.3",
    "If-Modified-Since with a date before the epoch",
    [["If-Modified-Since", "Wed, 31 Dec 1969 23:59:59 GMT"]],
    WHOLE,
  ],
  [
    "§5.6.7",
    "If-Modified-Since as rfc850-date",
    [["If-Modified-Since", "Friday, 09-Sep-94 01:46:40 GMT"]],
    WHOLE,
  ],
  [
    "§5.6.7",
    "If-Modified-Since as a later rfc850-date",
    [["If-Modified-Since", "Monday, 10-Sep-01 01:46:40 GMT"]],
    NOT_MODIFIED,
  ],
  [
    "§5.6.7",
    "If-Modified-Since as a later asctime-date",
    [["If-Modified-Since", "Mon Sep 10 01:46:40 2001"]],
    NOT_MODIFIED,
  ],
  ["§13.1.3", "If-Modified-Since with what is no date", [["If-Modified-Since", "tomorrow"]], WHOLE],
  [
    "§13.1.3",
    "If-Modified-Since in another zone",
    [["If-Modified-Since", "Mon, 10 Sep 2001 01:46:40 EST"]],
    WHOLE,
  ],
  [
    "§13.1.3",
    "If-Modified-Since with an invalid day",
    [["If-Modified-Since", "Fri, 31 Sep 2001 01:46:40 GMT"]],
    WHOLE,
  ],

  ["§13.1.4", "If-Unmodified-Since with the date", [["If-Unmodified-Since", "{date}"]], WHOLE],
  ["§13.1.4", "If-Unmodified-Since with an earlier date", [["If-Unmodified-Since", "{before}"]], FAILED],
  ["§13.1.4", "If-Unmodified-Since with a later date", [["If-Unmodified-Since", "{after}"]], WHOLE],
  ["§13.1.4", "If-Unmodified-Since with what is no date", [["If-Unmodified-Since", "yesterday"]], WHOLE],

  [
    "§13.2.2",
    "a true If-Match and an earlier If-Unmodified-Since",
    [
      ["If-Match", "{tag}"],
      ["If-Unmodified-Since", "{before}"],
    ],
    WHOLE,
  ],
  [
    "§13.2.2",
    "a false If-Match and If-None-Match with the tag",
    [
      ["If-Match", '"x"'],
      ["If-None-Match", "{tag}"],
    ],
    FAILED,
  ],
  [
    "§13.2.2",
    "an earlier If-Unmodified-Since and If-None-Match with the tag",
    [
      ["If-Unmodified-Since", "{before}"],
      ["If-None-Match", "{tag}"],
    ],
    FAILED,
  ],
  [
    "§13.2.2",
    "If-Match and If-None-Match with the tag",
    [
      ["If-Match", "{tag}"],
      ["If-None-Match", "{tag}"],
    ],
    NOT_MODIFIED,
  ],
  [
    "§13.1.3",
    "If-None-Match with another tag and If-Modified-Since with the date",
    [
      ["If-None-Match", '"x"'],
      ["If-Modified-Since", "{date}"],
    ],
    WHOLE,
  ],
  [
    "§13.1.3",
    "If-None-Match with the tag and an earlier If-Modified-Since",
    [
      ["If-None-Match", "{tag}"],
      ["If-Modified-Since", "{before}"],
    ],
    NOT_MODIFIED,
  ],
];

const ranges: readonly ShortRow[] = [
  ["§14.1.2", "the first byte", [["Range", "bytes=0-0"]], part(0, 0)],
  ["§14.1.2", "the last byte", [["Range", "bytes=9-9"]], part(9, 9)],
  ["§14.1.2", "some bytes", [["Range", "bytes=2-5"]], part(2, 5)],
  ["§14.1.2", "all bytes", [["Range", "bytes=0-9"]], part(0, 9)],
  ["§14.1.2", "to the end", [["Range", "bytes=7-"]], part(7, 9)],
  ["§14.1.2", "all to the end", [["Range", "bytes=0-"]], part(0, 9)],
  ["§14.1.2", "to behind the end", [["Range", "bytes=7-10"]], part(7, 9)],
  ["§14.1.2", "to far behind the end", [["Range", "bytes=7-99999999999999999999"]], part(7, 9)],
  ["§14.1.2", "a suffix", [["Range", "bytes=-3"]], part(7, 9)],
  ["§14.1.2", "a suffix of more than all", [["Range", "bytes=-11"]], part(0, 9)],
  ["§14.1.2", "a suffix of very much", [["Range", "bytes=-99999999999999999999"]], part(0, 9)],
  ["§14.1", "the unit in another case", [["Range", "BYTES=2-5"]], part(2, 5)],
  ["§14.1.2", "zeros before a number", [["Range", "bytes=00002-005"]], part(2, 5)],
  ["§5.6.1.2", "a list with empty members", [["Range", "bytes=,2-5 ,, "]], part(2, 5)],

  ["§15.5.17", "the byte behind the last", [["Range", "bytes=10-10"]], UNSATISFIABLE],
  ["§15.5.17", "from behind the last", [["Range", "bytes=10-"]], UNSATISFIABLE],
  ["§15.5.17", "from far behind the last", [["Range", "bytes=99999999999999999999-"]], UNSATISFIABLE],
  ["§15.5.17", "a suffix of nothing", [["Range", "bytes=-0"]], UNSATISFIABLE],
  ["§15.5.17", "two that are not there", [["Range", "bytes=10-,20-30"]], UNSATISFIABLE],

  ["§14.2", "the last before the first", [["Range", "bytes=5-2"]], WHOLE],
  ["§14.2", "no number", [["Range", "bytes=-"]], WHOLE],
  ["§14.2", "no ranges", [["Range", "bytes="]], WHOLE],
  ["§14.2", "letters", [["Range", "bytes=a-b"]], WHOLE],
  ["§14.2", "a number alone", [["Range", "bytes=5"]], WHOLE],
  ["§14.2", "space within a range", [["Range", "bytes=2 - 5"]], WHOLE],
  ["§14.2", "one that is valid and one that is not", [["Range", "bytes=2-5,x"]], WHOLE],
  ["§14.2", "another unit", [["Range", "lines=0-0"]], WHOLE],
  ["§14.2", "no unit", [["Range", "0-0"]], WHOLE],
  ["§14.1.2", "an empty file from its beginning", [["Range", "bytes=0-"]], EMPTY, "empty.txt"],
  ["§14.1.2", "a suffix of an empty file", [["Range", "bytes=-5"]], EMPTY, "empty.txt"],

  ["§14.6", "two ranges", [["Range", "bytes=0-1,8-9"]], parts([0, 1], [8, 9])],
  ["§15.3.7.2", "two ranges in another order", [["Range", "bytes=-1, 2-3"]], parts([9, 9], [2, 3])],
  ["§15.3.7.2", "ranges that overlap", [["Range", "bytes=0-4,2-6"]], part(0, 6)],
  ["§15.3.7.2", "ranges that touch", [["Range", "bytes=0-1,2-3"]], part(0, 3)],
  ["§15.3.7.2", "ranges of which one is there", [["Range", "bytes=2-3,20-30"]], part(2, 3)],
  ["§17.15", "the same range a hundred times", [["Range", `bytes=${"0-,".repeat(99)}0-`]], part(0, 9)],
  ["§17.15", "the same range a hundred and one times", [["Range", `bytes=${"0-,".repeat(100)}0-`]], WHOLE],

  [
    "§13.1.5",
    "If-Range with the tag",
    [
      ["Range", "bytes=2-5"],
      ["If-Range", "{tag}"],
    ],
    part(2, 5),
  ],
  [
    "§13.1.5",
    "If-Range with another tag",
    [
      ["Range", "bytes=2-5"],
      ["If-Range", '"x"'],
    ],
    WHOLE,
  ],
  [
    "§13.1.5",
    "If-Range with the tag as a weak one",
    [
      ["Range", "bytes=2-5"],
      ["If-Range", "W/{opaque}"],
    ],
    WHOLE,
  ],
  [
    "§13.1.5",
    "If-Range with the date",
    [
      ["Range", "bytes=2-5"],
      ["If-Range", "{date}"],
    ],
    part(2, 5),
  ],
  [
    "§13.1.5",
    "If-Range with an earlier date",
    [
      ["Range", "bytes=2-5"],
      ["If-Range", "{before}"],
    ],
    WHOLE,
  ],
  [
    "§13.1.5",
    "If-Range with a later date",
    [
      ["Range", "bytes=2-5"],
      ["If-Range", "{after}"],
    ],
    WHOLE,
  ],
  [
    "§13.1.5",
    "If-Range with what is neither",
    [
      ["Range", "bytes=2-5"],
      ["If-Range", "x"],
    ],
    WHOLE,
  ],
  [
    "§13.1.5",
    "If-Range that does not hold, and a range that is not there",
    [
      ["Range", "bytes=20-"],
      ["If-Range", '"x"'],
    ],
    WHOLE,
  ],
  ["§13.1.5", "If-Range without a Range", [["If-Range", '"x"']], WHOLE],

  [
    "§13.2.2",
    "If-None-Match with the tag before a range",
    [
      ["Range", "bytes=2-5"],
      ["If-None-Match", "{tag}"],
    ],
    NOT_MODIFIED,
  ],
  [
    "§13.2.2",
    "If-None-Match with the tag before a range that is not there",
    [
      ["Range", "bytes=20-"],
      ["If-None-Match", "{tag}"],
    ],
    NOT_MODIFIED,
  ],
  [
    "§13.2.2",
    "a false If-Match before a range",
    [
      ["Range", "bytes=2-5"],
      ["If-Match", '"x"'],
    ],
    FAILED,
  ],
  [
    "§13.2.2",
    "a false If-Match before a range that is not there",
    [
      ["Range", "bytes=20-"],
      ["If-Match", '"x"'],
    ],
    FAILED,
  ],
  [
    "§13.2.2",
    "a true If-Match before a range",
    [
      ["Range", "bytes=2-5"],
      ["If-Match", "{tag}"],
    ],
    part(2, 5),
  ],
];

type CodedName = "style.css" | "style.css.br" | "style.css.zst" | "style.css.gz";

/** Returns the expected response for the style sheet: the file itself, or its coded form. Each has `Vary`. */
function styleFrom(file: CodedName, coding: string | null): FileReply {
  const fields = {
    "Content-Type": "text/css; charset=utf-8",
    "Content-Encoding": coding,
    "Content-Length": String(FILES[file].length),
    Vary: "Accept-Encoding",
  };
  return { status: 200, fields, body: FILES[file] };
}

const PLAIN = styleFrom("style.css", null);
const BROTLI = styleFrom("style.css.br", "br");
const ZSTD = styleFrom("style.css.zst", "zstd");
const GZIP = styleFrom("style.css.gz", "gzip");

const negotiation: readonly (readonly [
  section: string,
  name: string,
  accepted: string | null,
  FileReply,
  string?,
])[] = [
  ["§12.5.3", "no Accept-Encoding", null, PLAIN],
  ["§12.5.3", "an empty Accept-Encoding", "", PLAIN],
  ["§12.5.3", "gzip", "gzip", GZIP],
  ["§8.4.1", "gzip in another case", "GZip", GZIP],
  ["§8.4.1.3", "x-gzip", "x-gzip", GZIP],
  ["§12.5.3", "zstd", "zstd", ZSTD],
  ["§12.5.3", "what browsers accept", "gzip, deflate, br, zstd", BROTLI],
  ["§12.5.3", "weights", "br;q=0.1, zstd;q=0.2, gzip;q=0.3", GZIP],
  ["§12.4.2", "white space around a weight", "br\t;\tq=0.1 , gzip ; q=0.3", GZIP],
  ["§12.5.3", "a weight of 0", "br;q=0, zstd;q=0.0, gzip;q=0.000", PLAIN],
  ["§12.5.3", "anything", "*", BROTLI],
  ["§12.5.3", "anything but", "br;q=0, *", ZSTD],
  ["§12.5.3", "identity with more weight", "identity, gzip;q=0.5", PLAIN],
  ["§12.5.3", "identity with less weight", "identity;q=0.5, gzip;q=0.6", GZIP],
  ["§12.5.3", "no identity", "identity;q=0, gzip", GZIP],
  ["§12.5.3", "gzip and nothing else", "gzip, *;q=0", GZIP],
  ["§12.5.3", "a coding that is not there", "deflate", PLAIN],
  ["§5.6.2", "longer names", "gzipped, xgzip, brotli, zstd2", PLAIN],
  ["§12.4.2", "an invalid weight", "gzip;q=2, br;q=x", PLAIN],
];

const codedRanges: readonly ShortRow[] = [
  [
    "§14.2",
    "a range of what could be coded",
    [
      ["Range", "bytes=1-4"],
      ["Accept-Encoding", "gzip"],
    ],
    // Without If-Range, the client can't mean a part of the coded content, because it does not know of one.
    { status: 206, fields: { "Content-Encoding": null, "Content-Range": "bytes 1-4/22" }, body: "ody " },
    "style.css",
  ],
  [
    "§8.4.1",
    "a gzip file that is asked for by its name",
    [["Accept-Encoding", "gzip"]],
    {
      status: 200,
      fields: { "Content-Type": "application/gzip", "Content-Encoding": null },
      body: FILES["archive.tar.gz"],
    },
    "archive.tar.gz",
  ],
  [
    "§8.4.1",
    "an archive beside its compressed one",
    [["Accept-Encoding", "gzip"]],
    { status: 200, fields: { "Content-Encoding": null }, body: FILES["archive.tar"] },
    "archive.tar",
  ],
];

/** Conditional requests, §13. */
export const PRECONDITIONS: readonly FileRow[] = preconditions.map(rowOf);

/** Range requests, §14. HEAD has none. */
export const RANGES: readonly FileRow[] = ranges.map(rowOf).map(withoutRangesForHead);

/** Content negotiation, §12, for files with coded variants beside them. `{tag}` is here the tag of the plain file. */
export const NEGOTIATION: readonly FileRow[] = [
  ...negotiation.map(([section, name, accepted, expected]) =>
    rowOf([section, name, accepted === null ? [] : [["Accept-Encoding", accepted]], expected, "style.css"]),
  ),
  ...codedRanges.map(rowOf).map(withoutRangesForHead),
];

/** §14.2: a Range field has no meaning for methods other than GET. */
function withoutRangesForHead(row: FileRow): FileRow {
  const { status, fields } = row.expected;
  if (status !== 206 && status !== 416) return row;
  const coding = fields["Content-Encoding"];
  const coded = coding === undefined ? {} : { "Content-Encoding": coding };
  return { ...row, head: { status: 200, fields: { "Content-Range": null, ...coded } } };
}
