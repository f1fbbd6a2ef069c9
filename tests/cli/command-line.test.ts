import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { parseCommandLine } from "#src/cli/command-line.js";
import { UsageError } from "#src/cli/option.js";

describe("parseCommandLine", () => {
  const understood: { argv: string[]; given: Record<string, unknown> }[] = [
    { argv: [], given: {} },
    { argv: ["8080"], given: { port: 8080 } },
    { argv: ["0"], given: { port: 0 } },
    { argv: ["65535"], given: { port: 65535 } },
    { argv: ["-b", "::1", "8080"], given: { bind: "::1", port: 8080 } },
    { argv: ["8080", "--bind", "localhost"], given: { bind: "localhost", port: 8080 } },
    { argv: ["--bind=127.0.0.1"], given: { bind: "127.0.0.1" } },
    { argv: ["-b127.0.0.1"], given: { bind: "127.0.0.1" } },
    { argv: ["-b", "a", "-b", "b"], given: { bind: "b" } },
    { argv: ["-d", "a b/c"], given: { directory: "a b/c" } },
    { argv: ["--directory=-d"], given: { directory: "-d" } },
    { argv: ["-d", "-"], given: { directory: "-" } },
    { argv: ["-p", "HTTP/1.0"], given: { protocol: "HTTP/1.0" } },
    { argv: ["--protocol", "HTTP/1.1"], given: { protocol: "HTTP/1.1" } },
    { argv: ["-c", "x.json"], given: { config: "x.json" } },
    {
      argv: ["--content-type", "text/plain; charset=utf-8"],
      given: { content_type: "text/plain; charset=utf-8" },
    },
    { argv: ["-q"], given: { quiet: true } },
    { argv: ["-qb", "::"], given: { quiet: true, bind: "::" } },
    { argv: ["--", "80"], given: { port: 80 } },
    { argv: ["-H", "A", "b"], given: { headers: [["A", "b"]] } },
    {
      argv: ["-H", "A", "", "--header", "B", "c d\u00e9"],
      given: {
        headers: [
          ["A", ""],
          ["B", "c d\u00e9"],
        ],
      },
    },
    { argv: ["-H", "A: -q", "80"], given: { headers: [["A", "-q"]], port: 80 } },
    { argv: ["-H", "A", "-1"], given: { headers: [["A", "-1"]] } },
    { argv: ["--header", "A: b: c", "80"], given: { headers: [["A", "b: c"]], port: 80 } },
    {
      argv: ["--header=A:b", "-HC:  d "],
      given: {
        headers: [
          ["A", "b"],
          ["C", "d"],
        ],
      },
    },
    { argv: ["-H", "A", "8080", "80"], given: { headers: [["A", "8080"]], port: 80 } },
    { argv: ["-H", "A: 8080"], given: { headers: [["A", "8080"]] } },
    {
      argv: ["-H", "Access-Control-Max-Age", "600"],
      given: { headers: [["Access-Control-Max-Age", "600"]] },
    },
    {
      argv: ["-H", "A", "x=1", "-H", "a", "y=2"],
      given: {
        headers: [
          ["A", "x=1"],
          ["a", "y=2"],
        ],
      },
    },
    { argv: ["-h", "--wrong"], given: { help: true } },
    { argv: ["--no-listing"], given: { listing: false } },
    { argv: ["--no-listing", "--listing"], given: { listing: true } },
    { argv: ["--no-tls", "--no-quiet"], given: { tls: false, quiet: false } },
    { argv: ["--no-store"], given: { no_store: true } },
    { argv: ["--no-store", "--store"], given: { no_store: false } },
    { argv: ["--no-precompressed", "-q"], given: { precompressed: false, quiet: true } },
    { argv: ["--cors"], given: { cors: "*" } },
    { argv: ["--cors", "8080"], given: { cors: "*", port: 8080 } },
    { argv: ["--cors=https://a.example:8443"], given: { cors: "https://a.example:8443" } },
    {
      argv: ["--cors=https://a.example, http://localhost:3000", "--cors-credentials"],
      given: { cors: ["https://a.example", "http://localhost:3000"], cors_credentials: true },
    },
    { argv: ["--index", "a.html", "--index=b.html"], given: { index: ["a.html", "b.html"] } },
    {
      argv: ["--mime", ".log=text/plain; charset=utf-8"],
      given: { mime: [[".log", "text/plain; charset=utf-8"]] },
    },
    { argv: ["--content-encoding", "*.br=br"], given: { content_encoding: [["*.br", "br"]] } },
    { argv: ["--cache", "0"], given: { cache: 0 } },
    { argv: ["--immutable", "assets/**"], given: { immutable: ["assets/**"] } },
    { argv: ["--symlinks", "none"], given: { symlinks: "none" } },
    { argv: ["--log-format=json"], given: { log_format: "json" } },
    { argv: ["--auth", "user:pass:word"], given: { auth: "user:pass:word" } },
    { argv: ["--base", "docs/"], given: { base: "/docs" } },
    { argv: ["--base=/a/b-c/%20/"], given: { base: "/a/b-c/%20" } },
    { argv: ["--base", "/"], given: { base: "" } },
    {
      argv: ["--allowed-host", "Files.LAN", "--allowed-host=[::1]"],
      given: { allowed_host: ["files.lan", "[::1]"] },
    },
    { argv: ["--completions", "fish"], given: { completions: "fish" } },
    { argv: ["--help-all"], given: { help_all: true } },
    {
      argv: ["--listen", ":80", "--listen", "unix:a b", "--listen=fd:3"],
      given: { listen: [{ host: null, port: 80 }, { path: "a b" }, { fd: 3 }] },
    },
    { argv: ["8080", "--version", "nonsense"], given: { port: 8080, version: true } },
  ];
  for (const { argv, given } of understood) {
    test(`\`parseCommandLine\` understands ${JSON.stringify(argv)}`, () => {
      assert.deepEqual(parseCommandLine(argv), given);
    });
  }

  const refused: { argv: string[]; message: string }[] = [
    {
      argv: ["public"],
      message:
        "argument port: 'public' is not a port number (0 to 65535) (to serve that directory: pyserve --directory public)",
    },
    {
      argv: ["../my site"],
      message:
        "argument port: '../my site' is not a port number (0 to 65535) (to serve that directory: pyserve --directory '../my site')",
    },
    {
      argv: ["localhost:8080"],
      message:
        "argument port: 'localhost:8080' is not a port number (0 to 65535) (to listen there: pyserve --listen localhost:8080)",
    },
    { argv: ["-d", "a", "b"], message: "argument port: 'b' is not a port number (0 to 65535)" },
    {
      argv: ["80", "public"],
      message: "unrecognized argument: 'public' (to serve that directory: pyserve --directory public)",
    },
    {
      argv: ["-p", "8080"],
      message:
        "argument -p/--protocol: '8080' is not one of HTTP/1.0, HTTP/1.1 (write the port alone: pyserve 8080)",
    },
    { argv: ["--host", "::1"], message: "unrecognized argument: '--host' (did you mean --bind?)" },
    { argv: ["--root=a"], message: "unrecognized argument: '--root' (did you mean --directory?)" },
    { argv: ["--username=a"], message: "unrecognized argument: '--username' (did you mean --auth?)" },
    {
      argv: ["--cgi"],
      message: "unrecognized argument: '--cgi' (removed in Python, too: use --handler to run your own code)",
    },
    {
      argv: ["-H", "X", "8080"],
      message:
        "argument -H/--header: is '8080' the value of X, or the port? Write -H 'X: 8080', or -H 'X: VALUE' 8080",
    },
    {
      argv: ["-H", "X", "-q"],
      message: "argument -H/--header: expected two arguments (if '-q' is the value, write 'X: -q')",
    },
    {
      argv: ["-H", "X", "--bind=::1"],
      message:
        "argument -H/--header: expected two arguments (if '--bind=::1' is the value, write 'X: --bind=::1')",
    },
    { argv: ["65536"], message: "argument port: '65536' is not a port number (0 to 65535)" },
    { argv: ["8e1"], message: "argument port: '8e1' is not a port number (0 to 65535)" },
    { argv: [""], message: "argument port: '' is not a port number (0 to 65535)" },
    { argv: ["--", "-1"], message: "argument port: '-1' is not a port number (0 to 65535)" },
    { argv: ["80", "81"], message: "unrecognized argument: '81'" },
    { argv: ["-x"], message: "unrecognized argument: '-x'" },
    {
      argv: ["--port", "80"],
      message: "unrecognized argument: '--port' (write the port alone: pyserve 80)",
    },
    {
      argv: ["--port=81"],
      message: "unrecognized argument: '--port' (write the port alone: pyserve 81)",
    },
    { argv: ["--prot", "HTTP/1.0"], message: "unrecognized argument: '--prot' (did you mean --protocol?)" },
    { argv: ["--headr", "A", "b"], message: "unrecognized argument: '--headr' (did you mean --header?)" },
    { argv: ["--__proto__=1"], message: "unrecognized argument: '--__proto__'" },
    { argv: ["-b"], message: "argument -b/--bind: expected one argument" },
    { argv: ["-b", ""], message: "argument -b/--bind: '' is not an address or host name" },
    { argv: ["-b", "a\nb"], message: "argument -b/--bind: 'a\\nb' is not an address or host name" },
    {
      argv: ["-d", "-q"],
      message: "argument -d/--directory: expected one argument (to give '-q', write --directory=-q)",
    },
    { argv: ["-d", ""], message: "argument -d/--directory: '' is not a path" },
    { argv: ["-d", "a\0b"], message: "argument -d/--directory: 'a\\u0000b' is not a path" },
    { argv: ["-p", "HTTP/2"], message: "argument -p/--protocol: 'HTTP/2' is not one of HTTP/1.0, HTTP/1.1" },
    {
      argv: ["-p", "http/1.1"],
      message: "argument -p/--protocol: 'http/1.1' is not one of HTTP/1.0, HTTP/1.1",
    },
    {
      argv: ["--content-type", "text"],
      message: "argument --content-type: 'text' is not a media type such as text/plain",
    },
    {
      argv: ["--content-type", "a/b/c"],
      message: "argument --content-type: 'a/b/c' is not a media type such as text/plain",
    },
    {
      argv: ["--content-type", "text/plain;\r\nX: y"],
      message: "argument --content-type: 'text/plain;\\r\\nX: y' is not a media type such as text/plain",
    },
    { argv: ["--no-port"], message: "unrecognized argument: '--no-port'" },
    { argv: ["--no-help"], message: "unrecognized argument: '--no-help'" },
    { argv: ["--no-bind"], message: "unrecognized argument: '--no-bind'" },
    { argv: ["--no-listng"], message: "unrecognized argument: '--no-listng' (did you mean --no-listing?)" },
    { argv: ["--listing=yes"], message: "argument --listing: takes no value, but was given 'yes'" },
    { argv: ["--no-listing=yes"], message: "argument --no-listing: takes no value, but was given 'yes'" },
    {
      argv: ["--cors=https://a.example,*"],
      message: "argument --cors: 'https://a.example,*' is not * or an origin such as https://example.com",
    },
    { argv: ["--cors="], message: "argument --cors: '' is not * or an origin such as https://example.com" },
    {
      argv: ["--cors=example.com"],
      message: "argument --cors: 'example.com' is not * or an origin such as https://example.com",
    },
    {
      argv: ["--cors=https://example.com/"],
      message: "argument --cors: 'https://example.com/' is not * or an origin such as https://example.com",
    },
    {
      argv: ["--mime", "log=text/plain"],
      message: "argument --mime: 'log=text/plain' is not a suffix with a type, such as .log=text/plain",
    },
    {
      argv: ["--mime", ".log"],
      message: "argument --mime: '.log' is not a suffix with a type, such as .log=text/plain",
    },
    {
      argv: ["--content-encoding", "*.br=brotli"],
      message:
        "argument --content-encoding: '*.br=brotli' is not a pattern with br, zstd or gzip, such as '*.data.br=br'",
    },
    {
      argv: ["--cache", "1h"],
      message: "argument --cache: '1h' is not a whole number of seconds from 0 to 2147483648",
    },
    {
      argv: ["--cache", "2147483649"],
      message: "argument --cache: '2147483649' is not a whole number of seconds from 0 to 2147483648",
    },
    { argv: ["--index", "a/b"], message: "argument --index: 'a/b' is not the name of a file" },
    { argv: ["--symlinks", "some"], message: "argument --symlinks: 'some' is not one of inside, all, none" },
    {
      argv: ["--log-format", "apache"],
      message: "argument --log-format: 'apache' is not one of python, common, combined, json",
    },
    {
      argv: ["--auth", "secret"],
      message: "argument --auth: it must be a user, a colon and a password",
    },
    { argv: ["--base", "/a/../b"], message: "argument --base: '/a/../b' is not a path such as /docs" },
    { argv: ["--base", "/a//b"], message: "argument --base: '/a//b' is not a path such as /docs" },
    { argv: ["--base", "/a?b"], message: "argument --base: '/a?b' is not a path such as /docs" },
    { argv: ["--allowed-host", "a:80"], message: "argument --allowed-host: 'a:80' is not a host name" },
    {
      argv: ["--completions", "csh"],
      message: "argument --completions: 'csh' is not one of bash, zsh, fish",
    },
    { argv: ["-q=1"], message: "unrecognized argument: '-='" },
    { argv: ["--quiet=1"], message: "argument -q/--quiet: takes no value, but was given '1'" },
    { argv: ["-H"], message: "argument -H/--header: expected two arguments" },
    { argv: ["-H", "A"], message: "argument -H/--header: expected two arguments" },
    { argv: ["--header=A", "b"], message: "argument -H/--header: expected two arguments" },
    { argv: ["-H", "A\0b", "c"], message: "argument -H/--header: 'A\\u0000b' is not a header name" },
    { argv: ["-H", "A b", "c"], message: "argument -H/--header: 'A b' is not a header name" },
    { argv: ["-H", "A:", "c"], message: "argument -H/--header: 'A:' is not a header name" },
    { argv: ["-H", "", "c"], message: "argument -H/--header: '' is not a header name" },
    {
      argv: ["-H", "A", "b\r\nSet-Cookie: c"],
      message:
        "argument -H/--header: 'b\\r\\nSet-Cookie: c' is not a header value: control characters, and characters above U+00FF, can't be sent",
    },
    {
      argv: ["-H", "A", "\u010a"],
      message:
        "argument -H/--header: '\u010a' is not a header value: control characters, and characters above U+00FF, can't be sent",
    },
    {
      argv: ["-H", "content-Length", "5"],
      message: "argument -H/--header: 'content-Length' can't be set: the server sets it itself",
    },
    {
      argv: ["x".repeat(100)],
      message: `argument port: '${"x".repeat(57)}...' is not a port number (0 to 65535)`,
    },
  ];
  for (const { argv, message } of refused) {
    test(`\`parseCommandLine\` refuses ${JSON.stringify(argv).slice(0, 60)}`, () => {
      assert.deepEqual(parseCommandLine(argv), new UsageError(message));
    });
  }

  test("`parseCommandLine` returns settings or one line of text for any words", () => {
    const word = fc.oneof(
      fc.string(),
      fc.constantFrom("-H", "--header", "-b", "-d", "-q", "--", "-", "80", "--config", "-Hq", "--bind="),
    );
    fc.assert(
      fc.property(fc.array(word), (argv) => {
        const result = parseCommandLine(argv);
        if (result instanceof UsageError) assert.match(result.message, /^[^\n]+$/);
        else assert.equal(Object.getPrototypeOf(result), Object.prototype);
      }),
    );
  });
});
