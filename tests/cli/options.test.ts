import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { namesOf } from "#src/cli/option.js";
import { completeSettings, OPTION_GROUPS, OPTION_LIST } from "#src/cli/options.js";

describe("OPTIONS", () => {
  for (const column of ["long", "short", "config"] as const) {
    test(`\`OPTIONS\` has each ${column} name once`, () => {
      const names = OPTION_LIST.map(([, option]) => option[column]).filter((name) => name != null);
      assert.deepEqual(names, [...new Set(names)]);
    });
  }

  test("`OPTIONS` has each option in one group", () => {
    const grouped = OPTION_GROUPS.flatMap(({ options }) => options);
    assert.deepEqual(new Set(grouped), new Set(OPTION_LIST.map(([, option]) => option)));
    assert.equal(grouped.length, OPTION_LIST.length);
  });

  test("`OPTIONS` has each name once, with those that turn switches off", () => {
    const names = OPTION_LIST.flatMap(([, option]) => namesOf(option).map(([name]) => name));
    assert.deepEqual(names, [...new Set(names)]);
  });

  for (const [name, option] of OPTION_LIST) {
    test(`\`OPTIONS.${name}\` has its name as its key in a config file`, () => {
      const key = option.long.replaceAll("-", "_");
      if (option.config !== null) assert.equal(option.config, name === "headers" ? "headers" : key);
    });

    test(`\`OPTIONS.${name}\` is spelled as options are`, () => {
      assert.match(option.long, /^[a-z]+(-[a-z]+)*$/);
      assert.match(option.short ?? "x", /^[A-Za-z]$/);
      assert.match(option.config ?? "x", /^[a-z]+(_[a-z]+)*$/);
      assert.doesNotMatch(option.help, /^[A-Z](?!TTP|OST)|\.$/);
      assert.match(option.more ?? "X.", /\.$/);
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
      helpAll: false,
      bind: null,
      listen: [],
      open: false,
      strictPort: false,
      directory: ".",
      handler: null,
      spa: false,
      cleanUrls: false,
      listing: true,
      index: [],
      dotfiles: false,
      dotfile: [],
      symlinks: "inside",
      base: null,
      protocol: "HTTP/1.1",
      contentType: "application/octet-stream",
      mime: [],
      headers: [],
      cache: null,
      stallTimeout: null,
      minResponseRate: null,
      immutable: [],
      noStore: false,
      compress: false,
      precompressed: true,
      precompressedOnly: false,
      contentEncodings: [],
      digests: false,
      config: null,
      threads: null,
      acceptInThreads: false,
      tls: false,
      tlsCert: null,
      tlsKey: null,
      tlsPasswordFile: null,
      auth: null,
      authFile: null,
      cors: null,
      corsCredentials: false,
      spaDots: false,
      relativeRedirects: false,
      coopCoep: false,
      allowedHosts: [],
      trustedProxies: [],
      health: null,
      metrics: null,
      admin: null,
      drainDelay: 0,
      drainTimeout: 5,
      keepAliveTimeout: 65,
      proxyProtocol: false,
      logFormat: "python",
      completions: null,
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
