import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { nearestName } from "#src/cli/option.js";
import { completeSettings, OPTION_LIST } from "#src/cli/options.js";

describe("OPTIONS", () => {
  for (const column of ["long", "short", "config"] as const) {
    test(`\`OPTIONS\` has each ${column} name once`, () => {
      const names = OPTION_LIST.map(([, option]) => option[column]).filter((name) => name != null);
      assert.deepEqual(names, [...new Set(names)]);
    });
  }

  for (const [name, option] of OPTION_LIST) {
    test(`\`OPTIONS.${name}\` is spelled as options are`, () => {
      assert.match(option.long, /^[a-z]+(-[a-z]+)*$/);
      assert.match(option.short ?? "x", /^[A-Za-z]$/);
      assert.match(option.config ?? "x", /^[a-z]+(_[a-z]+)*$/);
      assert.doesNotMatch(option.help, /^[A-Z]|\.$/);
    });

    if (option.kind !== "string" && option.kind !== "number") continue;
    if (option.initial === null) continue;
    test(`\`OPTIONS.${name}\` has a default that it would take`, () => {
      assert.deepEqual(option.parse(String(option.initial)), { value: option.initial });
    });
  }
});

describe("completeSettings", () => {
  test("`completeSettings` has Python's defaults, but for the protocol", () => {
    assert.deepEqual(completeSettings(), {
      port: 8000,
      help: false,
      version: false,
      bind: null,
      directory: ".",
      protocol: "HTTP/1.1",
      contentType: "application/octet-stream",
      headers: [],
      config: null,
      threads: null,
      tls: false,
      tlsCert: null,
      tlsKey: null,
      tlsPasswordFile: null,
      quiet: false,
    });
  });

  test("`completeSettings` lets the later place win, with the whole of a list", () => {
    const settings = completeSettings(
      { port: 1, quiet: true, headers: [["A", "b"]] },
      { port: 2, headers: [["C", "d"]] },
    );
    assert.equal(settings.port, 2);
    assert.equal(settings.quiet, true);
    assert.deepEqual(settings.headers, [["C", "d"]]);
  });
});

describe("nearestName", () => {
  const names = ["port", "bind", "protocol", "content_type", "headers", "quiet"];
  const rows = [
    { written: "prot", nearest: "protocol" },
    { written: "pory", nearest: "port" },
    { written: "bnd", nearest: "bind" },
    { written: "content-type", nearest: "content_type" },
    { written: "Headers", nearest: "headers" },
    { written: "cont", nearest: "content_type" },
    { written: "p", nearest: undefined },
    { written: "listen", nearest: undefined },
    { written: "__proto__", nearest: undefined },
  ];
  for (const { written, nearest } of rows) {
    test(`\`nearestName\` takes ${written} for ${nearest ?? "nothing"}`, () => {
      assert.equal(nearestName(written, names), nearest);
    });
  }
});
