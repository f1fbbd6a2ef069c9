import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import {
  isFieldValue,
  isHost,
  isReasonPhrase,
  isToken,
  listMembers,
  trimWhitespace,
} from "#src/http1/grammar.js";

const hosts = `
  example.org EXAMPLE.org example.org. a _dmarc.example -a- a..b ~!$&'()*+,;= 0 127.0.0.1 1.2.3 256.256.256.256
  example.org: example.org:0 example.org:80 example.org:65535 a:00080 caf%C3%A9.example %41 %00
  [::] [::1] [1::] [2001:db8::1]:443 [1:2:3:4:5:6:7:8] [1:2:3:4:5:6:7::] [::2:3:4:5:6:7:8] [1::8] [fFfF::AbCd]
  [1:2:3:4:5:6:1.2.3.4] [::ffff:192.0.2.1] [::1.2.3.4] [1::2:0.0.0.0] [::255.255.255.255]: [1:2:3:4:5::1.2.3.4]
  [v1.a] [vF.fe80::a+en1] [V1.a]:80 [v0abc.~!$&'()*+,;=:]
`;
for (const host of ["", ...hosts.trim().split(/\s+/)]) {
  test(`\`isHost\` takes ${JSON.stringify(host)}`, () => assert.equal(isHost(host), true));
}

const notHosts = `
  a/ /a :80 : a?b a#b user@a u:p@a a\\b a:b a:80:80 a:-1 a:+80 a:8o a:65536 a:99999 a:000080 a:1e3 a:0x50 http://a a|b a^b
  <a> {a} "a" \`a\` %4 %4g %g4 % a%
  :: ::1 2001:db8::1 [ ] [] [::1 ::1] [[::1]] [::1]a [::1]80 [::1]:a [::1]:65536 a[::1] [:::] [:] [1] [1:2:3:4:5:6:7]
  [1:2:3:4:5:6:7:8:9] [1:2:3:4:5:6:7:8::] [::1:2:3:4:5:6:7:8] [1::2::3] [12345::] [g::] [:1:2:3:4:5:6:7] [1:2:3:4:5:6:7:]
  [1.2.3.4] [1:2:3:4:5:6:7:1.2.3.4] [1.2.3.4::] [::1.2.3] [::1.2.3.4.5] [::256.0.0.1] [::01.2.3.4] [::1.2.3.4:5] [::1.2.3.] [.::]
  [fe80::1%25eth0] [fe80::1%eth0] [v.a] [v1.] [v1] [vg.a] [v1.a/b] [1v.a] [v1.%41]
`;
for (const host of [
  ...notHosts.trim().split(/\s+/),
  " ",
  "a b",
  "a ",
  " a",
  "a\t",
  "a\0",
  "a\r",
  "caf\xe9",
  "\x85",
  "a\xa0",
  "a\n",
]) {
  test(`\`isHost\` refuses ${JSON.stringify(host)}`, () => assert.equal(isHost(host), false));
}

test("`isHost` accepts every IPv6 address", () => {
  fc.assert(fc.property(fc.ipV6(), (address) => isHost(`[${address}]`)));
});

test("`isHost` accepts every authority without user information", () => {
  const port = fc.option(fc.nat(65_535), { nil: undefined });
  fc.assert(
    fc.property(fc.oneof(fc.domain(), fc.ipV4()), port, (host, number) =>
      isHost(number === undefined ? host : `${host}:${number}`),
    ),
  );
});

test("`isToken` accepts only token characters", () => {
  const tchar = new Set("!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ");
  for (let code = 0; code < 0x180; code++) {
    const character = String.fromCharCode(code);
    assert.equal(isToken(character), tchar.has(character), `U+${code.toString(16)}`);
  }
  assert.equal(isToken(""), false);
  assert.equal(isToken("a\n"), false);
});

test("`isFieldValue` and `isReasonPhrase` accept only tab, visible characters and obs-text", () => {
  for (let code = 0; code < 0x180; code++) {
    const character = String.fromCharCode(code);
    const allowed = code === 9 || (code >= 0x20 && code !== 0x7f && code <= 0xff);
    assert.equal(isFieldValue(`a${character}b`), allowed, `U+${code.toString(16)}`);
    assert.equal(isReasonPhrase(`a${character}b`), allowed, `U+${code.toString(16)}`);
  }
  // Characters that become CR or LF if they are truncated to latin-1.
  for (const character of ["\u010d", "\u010a", "\u560d", "\u{1f40a}"])
    assert.equal(isFieldValue(character), false);
  assert.equal(isFieldValue(""), true);
  assert.equal(isFieldValue("a\n"), false);
});

test("`trimWhitespace` removes spaces and tabs, but no other white space of JavaScript", () => {
  assert.equal(trimWhitespace(" \t a b\t "), "a b");
  assert.equal(trimWhitespace("\xa0a\v"), "\xa0a\v");
  assert.equal(trimWhitespace(" \t "), "");
  assert.equal(trimWhitespace(""), "");
});

test("`listMembers` returns the members of a list in lower case, without the empty ones", () => {
  const rows: [value: string, members: string[]][] = [
    ["", []],
    [" , ,\t", []],
    ["Close", ["close"]],
    ["a,B ,\tc", ["a", "b", "c"]],
    [",a,,b,", ["a", "b"]],
    ["a b, c", ["a b", "c"]],
  ];
  for (const [value, members] of rows) assert.deepEqual(listMembers(value), members);
});
