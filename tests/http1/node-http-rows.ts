// Requests that Node's parser and ours read in the same way, and the pieces of their bytes.

export const HOST = "Host: h\r\n";
/** A request with more field lines. */
export const get = (lines: string) => `GET / HTTP/1.1\r\n${HOST}${lines}\r\n`;
/** A request with another request line. */
export const line = (text: string) => `${text}\r\n${HOST}\r\n`;
/** A request with content. */
export const post = (lines: string, content: string) => `POST / HTTP/1.1\r\n${HOST}${lines}\r\n${content}`;
/** A request with content in chunks. */
export const chunks = (text: string) => post("Transfer-Encoding: chunked\r\n", text);

/** Rows that both accept. Each guards against a misinterpretation of the RFC. */
export const BOTH_TAKE: Readonly<Record<string, string>> = {
  "a request": get(""),
  "HTTP/1.0 without Host": "GET / HTTP/1.0\r\n\r\n",
  "an empty line before a request": `\r\n${get("")}`,
  "an absolute-form target": line("GET http://a.example/ HTTP/1.1"),
  "an asterisk for OPTIONS": line("OPTIONS * HTTP/1.1"),
  "obs-text in a value": get("a: \xff\r\n"),
  "an object member's name": get("__proto__: 1\r\n"),
  "Content-Length": post("Content-Length: 5\r\n", "hello"),
  chunks: chunks("5\r\nhello\r\n0\r\n\r\n"),
  "a chunk's extension": chunks('5;a="b;c"\r\nhello\r\n0\r\n\r\n'),
  "a trailer field": chunks("0\r\nX: 1\r\n\r\n"),
};

/** Rows that both refuse. */
export const BOTH_REFUSE: Readonly<Record<string, string>> = {
  "no Host": "GET / HTTP/1.1\r\n\r\n",
  "a version in lower case": line("GET / http/1.1"),
  "a space behind the version": line("GET / HTTP/1.1 "),
  "a tab for a space": line("GET\t/ HTTP/1.1"),
  "a method that is no token": line("G@T / HTTP/1.1"),
  "a target without a slash": line("GET x HTTP/1.1"),
  "a control character in the target": line("GET /\x01 HTTP/1.1"),
  "a field without a colon": get("abc\r\n"),
  "a field without a name": get(": b\r\n"),
  "a space before the colon": get("a : b\r\n"),
  "a folded field": get("a: b\r\n c\r\n"),
  "an indented first field": `GET / HTTP/1.1\r\n a: b\r\n${HOST}\r\n`,
  "a bare CR in a value": get("a: b\rc\r\n"),
  "a NUL in a value": get("a: b\0c\r\n"),
  "Content-Length with a plus": post("Content-Length: +5\r\n", "hello"),
  "two Content-Lengths that differ": post("Content-Length: 5\r\nContent-Length: 6\r\n", "hello"),
  "an empty Content-Length": post("Content-Length:\r\n", ""),
  "a Content-Length of 2^64": post("Content-Length: 18446744073709551621\r\n", "hello"),
  "chunked and Content-Length": post("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n", "0\r\n\r\n"),
  "chunked before another coding": post("Transfer-Encoding: chunked, gzip\r\n", "0\r\n\r\n"),
  "a coding that is not chunked": post("Transfer-Encoding: xchunked\r\n", "0\r\n\r\n"),
  "a chunk's size with 0x": chunks("0x5\r\nhello\r\n0\r\n\r\n"),
  "a bare LF behind a chunk's size": chunks("5\nhello\r\n0\r\n\r\n"),
  "a bare LF behind a chunk's data": chunks("5\r\nhello\n0\r\n\r\n"),
  "a bare LF in a chunk's extension": chunks("5;a\nhello\r\n0\r\n\r\n"),
  "an empty member of Content-Length": post("Content-Length: 5,\r\n", "hello"),
  "a chunk's extension without a name": chunks("5;\r\nhello\r\n0\r\n\r\n"),
  "a chunk's extension whose string does not end": chunks('5;a="b\r\nhello\r\n0\r\n\r\n'),
  "a space behind a chunk's size": chunks("5 \r\nhello\r\n0\r\n\r\n"),
  "a control character in a value": get("a: \x01\r\n"),
  "a DEL in a value": get("a: \x7f\r\n"),
  "a chunk longer than its size": chunks("5\r\nhello!\r\n0\r\n\r\n"),
};
