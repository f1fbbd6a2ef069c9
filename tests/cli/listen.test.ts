import assert from "node:assert/strict";
import { isIP } from "node:net";
import { describe, test } from "node:test";
import fc from "fast-check";
import { parseListen, rebaseListen } from "#src/cli/listen.js";
import type { ListenAddress } from "#src/http/listen-address.js";

/** Returns an address as it is written after `--listen`. */
function formatListen(address: ListenAddress): string {
  if ("path" in address) return `unix:${address.path}`;
  if ("fd" in address) return `fd:${address.fd}`;
  const { host, port } = address;
  return `${host === null ? "" : isIP(host) === 6 ? `[${host}]` : host}:${port}`;
}

describe("parseListen", () => {
  const understood = [
    { text: "127.0.0.1:80", value: { host: "127.0.0.1", port: 80 } },
    { text: "localhost:0", value: { host: "localhost", port: 0 } },
    { text: ":8080", value: { host: null, port: 8080 } },
    { text: "[::1]:8080", value: { host: "::1", port: 8080 } },
    { text: "[fe80::1%eth0]:1", value: { host: "fe80::1%eth0", port: 1 } },
    { text: "unix:/run/a b.sock", value: { path: "/run/a b.sock" } },
    { text: "unix:a:b", value: { path: "a:b" } },
    { text: "fd:3", value: { fd: 3 } },
  ];
  for (const { text, value } of understood) {
    test(`\`parseListen\` understands ${text}`, () => {
      assert.deepEqual(parseListen(text), { value });
      assert.equal(formatListen(value), text);
    });
  }

  const refused = [
    { text: "", problem: "'' is not HOST:PORT, [IPV6]:PORT, :PORT, unix:PATH or fd:NUMBER" },
    {
      text: "8080",
      problem: "'8080' is not HOST:PORT, [IPV6]:PORT, :PORT, unix:PATH or fd:NUMBER (write :8080)",
    },
    { text: "::1:80", problem: "'::1:80' is not HOST:PORT, [IPV6]:PORT, :PORT, unix:PATH or fd:NUMBER" },
    { text: "[::1]", problem: "'[::1]' is not HOST:PORT, [IPV6]:PORT, :PORT, unix:PATH or fd:NUMBER" },
    { text: "[1.2.3.4]:80", problem: "'1.2.3.4' is not an IPv6 address" },
    { text: "host:", problem: "'' is not a port number (0 to 65535)" },
    { text: "host:65536", problem: "'65536' is not a port number (0 to 65535)" },
    { text: "a b:80", problem: "'a b' is not an address or host name" },
    { text: "unix:", problem: "'' is not a path" },
    { text: "unix:a\0b", problem: "'a\\u0000b' is not a path" },
    { text: "fd:x", problem: "'x' is not the number of a descriptor" },
  ];
  for (const { text, problem } of refused) {
    test(`\`parseListen\` refuses ${JSON.stringify(text)}`, () => {
      assert.deepEqual(parseListen(text), { problem });
    });
  }

  test("`parseListen` never throws, and `formatListen` writes what it understands again", () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(..."[]:.unixfd0123%/a\n") }), (text) => {
        const parsed = parseListen(text);
        if ("value" in parsed) assert.deepEqual(parseListen(formatListen(parsed.value)), parsed);
      }),
    );
  });
});

test("`rebaseListen` makes a path in a config file relative to the file", () => {
  assert.equal(rebaseListen("unix:a.sock", "/etc"), "unix:/etc/a.sock");
  assert.equal(rebaseListen("unix:/run/a.sock", "/etc"), "unix:/run/a.sock");
  for (const word of ["unix:", "fd:3", ":80", "host:80"]) assert.equal(rebaseListen(word, "/etc"), word);
});
