import { type ProtocolRow, testRows } from "../support/protocol-rows.js";

const FIELDS = "\r\nHost: h\r\n\r\n";

const forms: ProtocolRow[] = [
  {
    name: "a target that is all punctuation",
    rfc: "9112 §3.2.1",
    bytes: `GET /:@!$&'()*+,;=-._~%20?/? HTTP/1.1${FIELDS}`,
    requests: [{ path: "/:@!$&'()*+,;=-._~%20?/?" }],
  },
  {
    name: "absolute-form",
    rfc: "9112 §3.2.2",
    bytes: `GET http://www.example.org/pub?x HTTP/1.1${FIELDS}`,
    requests: [{ target: "http://www.example.org/pub?x", path: "/pub?x", authority: "www.example.org" }],
  },
  {
    name: "absolute-form with a port, an IPv6 host and a scheme in capitals",
    rfc: "9112 §3.2.2",
    bytes: `GET HTTPS://[2001:db8::1]:8443/ HTTP/1.1${FIELDS}`,
    requests: [{ path: "/", authority: "[2001:db8::1]:8443" }],
  },
  {
    name: "absolute-form whose path begins with two slashes",
    rfc: "9112 §3.2.2",
    bytes: `GET http://a.example//b.example/ HTTP/1.1${FIELDS}`,
    requests: [{ path: "/b.example/", authority: "a.example" }],
  },
  {
    name: "authority-form",
    rfc: "9112 §3.2.3",
    bytes: `CONNECT www.example.com:80 HTTP/1.1${FIELDS}`,
    requests: [{ path: "www.example.com:80", authority: null }],
  },
  {
    name: "authority-form with an IPv6 host",
    rfc: "9112 §3.2.3",
    bytes: `CONNECT [::1]:443 HTTP/1.1${FIELDS}`,
    requests: [{ path: "[::1]:443" }],
  },
  {
    name: "OPTIONS for a path by way of a proxy",
    rfc: "9112 §3.2.4",
    bytes: `OPTIONS http://www.example.org/ HTTP/1.1${FIELDS}`,
    requests: [{ path: "/" }],
  },
  {
    name: "a method of any token, in its own case",
    rfc: "9110 §9.1",
    bytes: `get!#$%&'*+-.^_\`|~09 / HTTP/1.1${FIELDS}`,
    requests: [{ method: "get!#$%&'*+-.^_`|~09" }],
  },
  {
    name: "HTTP/1.0, without Host",
    rfc: "9112 §2.3",
    bytes: "GET / HTTP/1.0\r\n\r\n",
    requests: [{ version: "HTTP/1.0", minorVersion: 0, persistent: false }],
  },
  {
    name: "a higher minor version as HTTP/1.1",
    rfc: "9110 §2.5",
    bytes: `GET / HTTP/1.9${FIELDS}`,
    requests: [{ version: "HTTP/1.9", minorVersion: 1, persistent: true }],
  },
  {
    name: "the line as it was sent",
    rfc: "9112 §3",
    bytes: `GET http://a//b HTTP/1.1${FIELDS}`,
    requests: [{ line: "GET http://a//b HTTP/1.1" }],
  },
];
testRows("`ServerConnection` takes", forms);

testRows("`ServerConnection` does not take for the PROXY protocol", [
  {
    name: "another line that begins so",
    rfc: "9112 §3",
    bytes: "PROXY TCP5 a b\r\n",
    error: "BAD_REQUEST_LINE",
  },
  { name: "a NUL by itself", rfc: "9112 §3", bytes: "\0\r\nQUIT\n", error: "BAD_REQUEST_LINE" },
  {
    name: "a NUL behind one empty line",
    rfc: "9112 §3",
    bytes: "\r\n\0\r\nQUIT\n",
    error: "BAD_REQUEST_LINE",
  },
  {
    name: "another byte in its signature",
    rfc: "9112 §3",
    bytes: "\r\n\r\n\0\r\nQUIZ",
    error: "BAD_REQUEST_LINE",
  },
  {
    name: "half of its signature",
    rfc: "9112 §3",
    bytes: "\r\n\r\n\0\r\nQU",
    ends: true,
    error: "INCOMPLETE_HEAD",
  },
]);

testRows("`ServerConnection` does not wait for fields behind", [
  { name: "a request line of HTTP/0.9", rfc: "9112 §3", bytes: "GET /\r\n", error: "BAD_REQUEST_LINE" },
  { name: "another version", rfc: "9112 §3", bytes: "GET / HTTP/2.0\n", error: "UNSUPPORTED_VERSION" },
  { name: "a first byte of no method", rfc: "9112 §3", bytes: "\x16", error: "BAD_REQUEST_LINE" },
  { name: "a first byte that is a space", rfc: "9112 §2.2", bytes: " ", error: "BAD_REQUEST_LINE" },
]);
