import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { namesOf, parseWords } from "#src/cli/option.js";
import { completeSettings, OPTIONS } from "#src/cli/options.js";

describe("OPTIONS", () => {
  test("`OPTIONS` has each name and letter once, including the names that turn switches off", () => {
    const names = OPTIONS.flatMap((option) => [option.short, ...namesOf(option).map(([name]) => name)]);
    const given = names.filter((name) => name !== undefined);
    assert.deepEqual(given, [...new Set(given)]);
  });

  for (const option of OPTIONS) {
    const { name, initial } = option;
    test(`\`OPTIONS\` has ${name} spelled as options are`, () => {
      assert.match(option.long, /^[a-z]+(-[a-z]+)*$/);
      assert.match(option.short ?? "x", /^[A-Za-z]$/);
      assert.match(name, /^[a-z]+(_[a-z]+)*$/);
      assert.doesNotMatch(option.help, /^[A-Z](?!TTP|OST)|\.$/);
      assert.match(option.more ?? "X.", /\.$/);
    });

    if (option.kind !== "string" && option.kind !== "number") continue;
    if (initial === null) continue;
    test(`\`OPTIONS\` has a default for ${name} that it would take`, () => {
      assert.deepEqual(parseWords(option, [String(initial)]), { value: initial });
    });
  }
});

describe("completeSettings", () => {
  test("`completeSettings` has Python's defaults, except for the protocol", () => {
    assert.deepEqual(completeSettings(), {
      port: 8000,
      help: false,
      version: false,
      help_all: false,
      bind: null,
      listen: [],
      open: false,
      directory: ".",
      handler: null,
      spa: false,
      clean_urls: false,
      listing: true,
      index: [],
      dotfiles: false,
      dotfile: [],
      symlinks: "inside",
      base: null,
      protocol: "HTTP/1.1",
      content_type: "application/octet-stream",
      mime: [],
      headers: [],
      cache: null,
      shared_cache: null,
      stall_timeout: null,
      immutable: [],
      no_store: false,
      compress: false,
      precompressed: true,
      precompressed_only: false,
      content_encoding: [],
      digests: false,
      config: null,
      threads: null,
      accept_in_threads: false,
      tls: false,
      tls_cert: null,
      tls_key: null,
      tls_password_file: null,
      auth: null,
      auth_file: null,
      cors: null,
      cors_credentials: false,
      spa_dots: false,
      relative_redirects: false,
      coop_coep: false,
      allowed_host: [],
      trusted_proxy: [],
      health: null,
      metrics: null,
      admin: null,
      drain_delay: 0,
      drain_timeout: 5,
      keep_alive_timeout: 65,
      proxy_protocol: false,
      log_format: "python",
      completions: null,
      quiet: false,
    });
  });

  test("`completeSettings` lets the later source win, and replaces whole lists", () => {
    const settings = completeSettings(
      { port: 1, quiet: true, headers: [["A", "b"]] },
      { port: 2, headers: [["C", "d"]] },
    );
    assert.equal(settings.port, 2);
    assert.equal(settings.quiet, true);
    assert.deepEqual(settings.headers, [["C", "d"]]);
  });
});
