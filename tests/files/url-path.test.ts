import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import { fsDecode } from "#src/files/fs-name.js";
import {
  decodePath,
  encodePath,
  hasTrailingSlash,
  isUnsafeOnWindows,
  namesOf,
  redirectTarget,
  relativeRedirectTarget,
  splitTarget,
} from "#src/files/url-path.js";
import { anyText } from "../support/any-text.js";

const quoted = (text: string | undefined) => JSON.stringify(text);

/** Targets with more special characters of paths than chance would give. */
const anyTarget = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        "/",
        "//",
        "\\",
        "/\\",
        "..",
        ".",
        "%2f",
        "%5c",
        "%2e",
        "\t",
        "\n",
        "\r",
        " ",
        "?",
        "#",
        "@",
        ":",
      ),
      fc.constantFrom(
        "http:",
        "https://",
        "HTTP://",
        "evil.example",
        "javascript:",
        "\0",
        "\u3002",
        "\uff0f",
        "%",
        "é",
      ),
      anyText({ maxLength: 3 }),
    ),
    { maxLength: 12 },
  )
  .map((pieces) => pieces.join(""));

const splits: [target: string, path: string, suffix: string][] = [
  ["/", "/", ""],
  ["/a/b", "/a/b", ""],
  ["/a?b", "/a", "?b"],
  ["/a#b", "/a", "#b"],
  ["/a?b#c?d", "/a", "?b#c?d"],
  ["/a#b?c", "/a", "#b?c"],
  ["/a%3Fb%23", "/a%3Fb%23", ""],
  ["?", "", "?"],
  ["*", "*", ""],
  ["", "", ""],
  ["//host/a", "//host/a", ""],
  ["http://host/a?b", "/a", "?b"],
  ["HTTPS://u@host:1/a", "/a", ""],
  ["http://host", "/", ""],
  ["http://host?b", "/", "?b"],
  ["http:/a", "http:/a", ""],
  ["/http://host/a", "/http://host/a", ""],
];
for (const [target, path, suffix] of splits) {
  test(`\`splitTarget\` cuts ${quoted(target)}`, () =>
    assert.deepEqual(splitTarget(target), { path, suffix }));
}

const decodings: [path: string, decoded: string][] = [
  ["", ""],
  ["/a+b", "/a+b"],
  ["/%41%7e", "/A~"],
  ["/%E2%82%AC%e2%82%ac", "/€€"],
  ["/%F0%9F%98%80", "/😀"],
  ["/%2541", "/%41"], // once
  ["/%252F", "/%2F"],
  ["/%2e%2E%2f", "/../"],
  ["/%00", "/\0"],
  ["/%zz%4", "/%zz%4"],
  ["/%", "/%"],
  ["/%%34%31", "/%41"],
  ["/%4%31", "/%41"],
  ["/%u0041", "/%u0041"],
  ["/%ff", "/\udcff"],
  ["/%C3A%A9", "/\udcc3A\udca9"],
  ["/%C3/%A9", "/\udcc3/\udca9"],
  ["/%ED%A0%80", "/\udced\udca0\udc80"],
  ["/%C0%AF", "/\udcc0\udcaf"], // an overlong slash is none
  ["/é%20€", "/é €"],
];
for (const [path, decoded] of decodings) {
  test(`\`decodePath\` decodes ${quoted(path)}`, () => assert.equal(decodePath(path), decoded));
}

test("`decodePath` agrees with `decodeURIComponent` if that has a result", () => {
  fc.assert(
    fc.property(anyText(), (text) => {
      const encoded = encodeURIComponent(text);
      assert.equal(decodePath(encoded), text);
      assert.equal(decodePath(encoded.toLowerCase()), decodeURIComponent(encoded.toLowerCase()));
    }),
  );
});

const encodings: [name: string, encoded: string][] = [
  ["", ""],
  ["azAZ09_.-~/", "azAZ09_.-~/"],
  ["a b", "a%20b"],
  ["%41", "%2541"],
  ["é€😀", "%C3%A9%E2%82%AC%F0%9F%98%80"],
  ["a:b?c#d", "a%3Ab%3Fc%23d"],
  ["!*'()&=+$,;@", "%21%2A%27%28%29%26%3D%2B%24%2C%3B%40"],
  ['<"\\>\n\0\x7f', "%3C%22%5C%3E%0A%00%7F"],
  ["f\udcfcr", "f%FCr"],
  ["é\udcff😀", "%C3%A9%FF%F0%9F%98%80"],
];
for (const [name, encoded] of encodings) {
  test(`\`encodePath\` encodes ${quoted(name)} as Python does`, () =>
    assert.equal(encodePath(name), encoded));
}

test("`decodePath` restores every file name from `encodePath`", () => {
  const anyName = fc.oneof(
    anyText(),
    fc.uint8Array().map((bytes) => fsDecode(Buffer.from(bytes))),
  );
  fc.assert(fc.property(anyName, (name) => decodePath(encodePath(name)) === name));
});

test("`hasTrailingSlash` finds the slash that decoding would produce", () => {
  for (const path of ["/", "/a/", "/a%2f", "/a%2F", "/a%252f/"]) assert.ok(hasTrailingSlash(path), path);
  for (const path of ["", "/a", "/a%252f", "/a/.", "/a/ ", "/a%5C"]) assert.ok(!hasTrailingSlash(path), path);
});

const segments: [decoded: string, expected: string[] | undefined][] = [
  ["", []],
  ["/", []],
  ["a", ["a"]],
  ["/a//b/./c/", ["a", "b", "c"]],
  ["/a/../b", ["b"]],
  ["/../../a", ["a"]],
  ["../../a", ["a"]],
  ["/a/b/../../../../c", ["c"]],
  ["/..", []],
  ["/.../..a/a../.b", ["...", "..a", "a..", ".b"]],
  ["//host/a", ["host", "a"]],
  ["/.. /a", [".. ", "a"]],
  ["/\udcff", ["\udcff"]],
];
for (const [decoded, expected] of segments) {
  test(`\`namesOf\` resolves ${quoted(decoded)}`, () => {
    assert.deepEqual(namesOf(decoded), expected);
  });
}

test("`namesOf` never returns a name that leads elsewhere", () => {
  fc.assert(
    fc.property(anyTarget, (target) =>
      assert.ok(namesOf(decodePath(target)).every((name) => !/\/|^$|^\.\.?$/.test(name))),
    ),
  );
});

const redirects: [target: string, location: string][] = [
  ["/a", "/a/"],
  ["/a/b?x=1&y", "/a/b/?x=1&y"],
  ["/a#f", "/a/#f"],
  ["/a?", "/a/?"],
  ["/a%20b", "/a%20b/"],
  ["/a b", "/a%20b/"],
  ["/a/..", "/a/../"],
  ["/python.org/..%2f..%2f../%0a%0d/../dir", "/python.org/..%2f..%2f../%0a%0d/../dir/"],
  ["//host/..%2f", "/host/..%2f/"],
  ["///host", "/host/"],
  ["/\\host", "/%5Chost/"],
  ["\\\\host", "/%5C%5Chost/"],
  ["/\t/host", "/%09/host/"],
  ["http://host/a?b", "/a/?b"],
  ["http://host//other/a", "/other/a/"],
  ["javascript:alert(1)", "/javascript:alert(1)/"],
  ["a", "/a/"],
  ["", "/"],
  ["//", "/"],
  ["?x", "/?x"],
  ["/a\r\nSet-Cookie: b", "/a%0D%0ASet-Cookie:%20b/"],
  ["/a?x\r\ny", "/a/?x%0D%0Ay"],
  ["/é€\udcff", "/%C3%A9%E2%82%AC%FF/"],
  ["/a?\xc3\xa9", "/a/?%C3%A9"], // é in UTF-8, received as latin-1
  ["/a?€", "/a/?%E2%82%AC"],
  ["/<a>\"'", "/%3Ca%3E%22'/"],
  ["/a?b[]=1", "/a/?b[]=1"],
];
for (const [target, location] of redirects) {
  test(`\`redirectTarget\` sends ${quoted(target)} to ${quoted(location)}`, () => {
    assert.equal(redirectTarget(target), location);
  });
}

test("`redirectTarget` always stays on the host, for any target", () => {
  fc.assert(
    fc.property(anyTarget, (target) => {
      const location = redirectTarget(target);
      assert.match(location, /^\/(?!\/)[!-~]*$/);
      const url = new URL(location, "http://h/x/y");
      assert.equal(url.origin, "http://h");
      assert.equal(url.username, "");
    }),
    { numRuns: 2000 },
  );
});

test("`redirectTarget` keeps every byte of the query, and the host of any page", () => {
  const asReceived = anyTarget.map((text) => Buffer.from(text).toString("latin1"));
  const bytesOf = (text: string) =>
    text.replace(/%([0-9a-f]{2})/gi, (_, byte) => String.fromCharCode(Number.parseInt(byte, 16)));
  fc.assert(
    fc.property(asReceived, (target) => {
      const location = redirectTarget(target);
      const url = new URL(location, "http://host:80/any");
      assert.equal(url.origin, "http://host");
      assert.equal(bytesOf(splitTarget(location).suffix), bytesOf(splitTarget(target).suffix));
    }),
    { numRuns: 2000 },
  );
});

test("`redirectTarget` leads to the requested directory", () => {
  fc.assert(
    fc.property(anyTarget, (target) => {
      const before = namesOf(decodePath(splitTarget(target).path));
      const after = splitTarget(redirectTarget(target)).path;
      assert.deepEqual(namesOf(decodePath(after)), before);
      assert.ok(hasTrailingSlash(after));
    }),
    { numRuns: 2000 },
  );
});

const relativeRedirects: [target: string, location: string][] = [
  ["/a", "a/"],
  ["/a/b", "b/"],
  ["/a/b?x=1&y", "b/?x=1&y"],
  ["/a/b?x=/c/d", "b/?x=/c/d"],
  ["/a/..", "../"],
  ["/a/.", "./"],
  ["/a:b", "./a:b/"],
  ["/12:30", "./12:30/"],
  ["/x/http://host", "host/"],
  ["/a%3Ab", "a%3Ab/"],
  ["/a?b:c", "a/?b:c"],
  ["//host/..%2f", "..%2f/"],
  ["//host", "host/"],
  ["/\\host", "%5Chost/"],
  ["/a/\\\\host", "%5C%5Chost/"],
  ["/%2f%2fhost", "%2f%2fhost/"],
  ["/\t/host", "host/"],
  ["/\thost", "%09host/"],
  ["http://host/a?b", "a/?b"],
  ["/javascript:alert(1)", "./javascript:alert(1)/"],
  ["", "./"],
  ["?x", "./?x"],
  ["/a\r\nSet-Cookie: b", "./a%0D%0ASet-Cookie:%20b/"],
];
for (const [target, location] of relativeRedirects) {
  test(`\`relativeRedirectTarget\` sends ${quoted(target)} to ${quoted(location)}`, () => {
    assert.equal(relativeRedirectTarget(target), location);
  });
}

test("`relativeRedirectTarget` stays on the host, and leads to the requested directory", () => {
  fc.assert(
    fc.property(anyTarget, (target) => {
      const location = relativeRedirectTarget(target);
      assert.match(location, /^(?![/\\])(?![^/?#]*:)[!-~]*$/);
      assert.equal(new URL(location, "http://host:80/x/y").origin, "http://host");
      // The path that it leads to, before dots are resolved (RFC 3986 §5.2.3).
      const asked = splitTarget(target).path;
      const followed = splitTarget(asked.slice(0, asked.lastIndexOf("/") + 1) + location).path;
      const names = (path: string) => namesOf(decodePath(path));
      assert.deepEqual(names(followed), names(asked));
      assert.ok(hasTrailingSlash(followed));
    }),
    { numRuns: 2000 },
  );
});

const unsafe: Readonly<Record<string, readonly string[]>> = {
  "a separator": ["a\\b", "\\", "..\\.."],
  "a drive": ["c:", "c:a"],
  "a stream": ["a.txt:stream", "a.txt::$DATA", "::$INDEX_ALLOCATION"],
  "an end that is ignored": ["a.", "a ", ".. ", ".. .", "...", "a. "],
  "a device": ["con", "NUL.txt", "Aux", "com1", "LPT9.log", "prn .txt", "COM¹", "conin$", "CONOUT$"],
  "a short alias": ["GIT~1", "git~12", "PROGRA~1", "HTACCE~1.TXT", "A~1.B", "~1"],
};
for (const [what, names] of Object.entries(unsafe)) {
  for (const name of names) {
    test(`\`isUnsafeOnWindows\` refuses ${what}: ${JSON.stringify(name)}`, () => {
      assert.ok(isUnsafeOnWindows(name));
    });
  }
}

test("`isUnsafeOnWindows` accepts ordinary names", () => {
  const names = [
    ".git",
    "a b",
    "a.b",
    "console.log",
    "nul1",
    "com0x",
    "..a",
    "é",
    "a~",
    "~user",
    "notes~1.html",
  ];
  for (const name of [...names, "a~b1", "longer-name~1", "a.b~1"]) assert.ok(!isUnsafeOnWindows(name), name);
});
