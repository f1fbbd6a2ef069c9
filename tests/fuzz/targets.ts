import { OPTIONS } from "#src/cli/options.js";

/** A target of fuzzing. The module of the same name in `targets/` has the property that must always hold. */
export interface Target {
  /** The files whose branches guide the search: beginnings of their paths below `src`. */
  readonly files: readonly string[];
  /** Words for its inputs, in latin-1. */
  readonly words: readonly string[];
}

const CHUNKS = ["0\r\n\r\n", "5\r\nhello\r\n", '5;a="b\r\n', "1;a=b\r\n", ";", "Z: 1\r\n", "Host: a\r\n"];
const HEADS = [
  "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
  "POST",
  "OPTIONS * ",
  "CONNECT a:80 ",
  "HTTP/1.1",
  "HTTP/1.0",
  "http://a/",
  "https://[::1]:80",
  "Content-Length: 5\r\n",
  "Transfer-Encoding: chunked\r\n",
  "Transfer-Encoding: gzip, chunked\r\n",
  "Host: a\r\n",
  "Connection: close\r\n",
  "Connection: keep-alive\r\n",
  "Expect: 100-continue\r\n",
  "Expect: x\r\n",
  "a: b\r\n",
];

const KEYS = OPTIONS.map(({ name }) => `"${name}":`);
const NAMES = OPTIONS.map(({ long }) => `\n--${long}\n`);

/** All targets; each has a folder with its name in the corpus. */
export const TARGETS: Readonly<Record<string, Target>> = {
  parser: { files: ["http1/"], words: [...HEADS, ...CHUNKS] },
  content: { files: ["http1/"], words: [...CHUNKS, ...HEADS] },
  "response-head": { files: ["http1/"], words: ["HTTP/1.1 200 OK", "Content-Length=5", "Set-Cookie=a"] },
  path: {
    files: ["files/url-path", "files/resolve-url-path", "files/fs-name"],
    words: [
      "/../",
      "//",
      "/./",
      "%2e%2e",
      "%E2%82%AC",
      "%ff",
      "http://a",
      "CON",
      "aux.txt",
      "C:",
      "::$DATA",
      "...",
    ],
  },
  range: {
    files: ["files/byte-ranges", "http1/grammar"],
    words: ["bytes=", "0-", "-1", "0-0", ", ", "BYTES=5-9"],
  },
  conditions: {
    files: ["files/entity-tag", "files/preconditions", "files/accept", "http1/http-date", "http1/grammar"],
    words: [
      'W/"a"',
      '"a"',
      "Sun, 06 Nov 1994 08:49:37 GMT",
      "Sunday, 06-Nov-94 08:49:37 GMT",
      "Sun Nov  6 08:49:37 1994",
      "Feb",
      "gzip;q=0.5",
      "br",
      "identity;q=0",
      "*;q=0",
      "x-gzip",
      "q=1",
    ],
  },
  forwarded: {
    files: ["http1/forwarded", "http1/grammar"],
    words: [
      "for=192.0.2.1",
      'for="[2001:db8::1]:80"',
      "for=10.0.0.1",
      "for=unknown",
      "by=_x",
      "host=a",
      "proto=https",
      '"',
      '\\"',
      ", ",
      ";",
      "\n",
      "10.0.0.1",
    ],
  },
  "proxy-header": {
    files: ["io/proxy-", "io/crc32c"],
    words: [
      "PROXY TCP4 192.0.2.1 192.0.2.2 5000 443\r\n",
      "PROXY TCP6 ::1 ::2 1 2\r\n",
      "PROXY UNKNOWN\r\n",
      "\r\n\r\n\0\r\nQUIT\n",
      "\x21\x11\0\x0c",
      "\x20\0\0\0",
      "\x03\0\x04",
      "\x20\0\x05\x01\0\0\0\0",
    ],
  },
  config: {
    files: ["cli/"],
    words: ["{", "}", "[", "]", "null", "true", '"', "\xef\xbb\xbf", '"port": 1', "__proto__", ...KEYS],
  },
  "command-line": {
    files: ["cli/"],
    words: ["\n", "--", "--no-", "--port", "=1", "-d", "-b", "-p", "--config", ...NAMES],
  },
};
