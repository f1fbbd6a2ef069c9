import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { parseCommandLine } from "#src/cli/command-line.js";
import { classAttributes, type GivenSettings } from "#src/cli/options.js";

const Handler = {
  extensions_map: { ".gz": "application/gzip", ".log": "x/y" },
  content_encodings: { "*.svgz": "gzip" },
};

describe("classAttributes", () => {
  const rows: { argv: string[]; attributes: object }[] = [
    { argv: [], attributes: {} },
    { argv: ["8080", "--open", "--tls", "-d", "x"], attributes: {} },
    { argv: ["--dotfiles"], attributes: { dotfiles: true } },
    { argv: ["--dotfile", ".z*", "--dotfile=.hg"], attributes: { dotfiles: [".z*", ".hg"] } },
    { argv: ["--dotfile", ".z*", "--dotfiles"], attributes: { dotfiles: true } },
    { argv: ["--dotfiles", "8000"], attributes: { dotfiles: true } },
    { argv: ["--no-dotfiles"], attributes: { dotfiles: false } },
    { argv: ["--symlinks", "all"], attributes: { symlinks: "all" } },
    { argv: ["--no-listing"], attributes: { listing: false } },
    { argv: ["--spa", "--clean-urls"], attributes: { spa: true, clean_urls: true } },
    { argv: ["--base", "/a"], attributes: { base_path: "/a" } },
    { argv: ["--index", "a", "--index", "b"], attributes: { index_pages: ["a", "b"] } },
    {
      argv: ["--health", "/healthz", "--metrics", "/m"],
      attributes: { health_path: "/healthz", metrics_path: "/m" },
    },
    { argv: ["--keep-alive-timeout", "75"], attributes: { keep_alive_timeout: 75 } },
    { argv: ["--admin", ":9100"], attributes: {} },
    { argv: ["--cache", "60"], attributes: { cache_seconds: 60 } },
    { argv: ["--shared-cache", "60"], attributes: { shared_cache_seconds: 60 } },
    { argv: ["--immutable", "a/**"], attributes: { immutable: ["a/**"] } },
    { argv: ["--no-store"], attributes: { no_store: true } },
    { argv: ["--no-precompressed", "--compress"], attributes: { precompressed: false, compress: true } },
    { argv: ["--precompressed-only", "--digests"], attributes: { precompressed_only: true, digests: true } },
    {
      argv: ["--content-encoding", "*.data.br=br", "--content-encoding", "a=b/*=gzip"],
      attributes: { content_encodings: { "*.data.br": "br", "a=b/*": "gzip", "*.svgz": "gzip" } },
    },
    { argv: ["--content-encoding", "*.svgz=br"], attributes: { content_encodings: { "*.svgz": "br" } } },
    { argv: ["--cors"], attributes: { cors: "*" } },
    { argv: ["--coop-coep"], attributes: { coop_coep: true } },
    { argv: ["--allowed-host", "a"], attributes: { allowed_hosts: ["a"] } },
    {
      argv: ["--mime", ".log=text/plain"],
      attributes: { extensions_map: { ".gz": "application/gzip", ".log": "text/plain" } },
    },
    { argv: ["--content-type", "text/x"], attributes: { default_content_type: "text/x" } },
    { argv: ["-p", "HTTP/1.0"], attributes: { protocol_version: "HTTP/1.0" } },
    { argv: ["--log-format", "json"], attributes: { log_format: "json" } },
    { argv: ["--log-format", "json", "-q"], attributes: { log_format: "none" } },
    { argv: ["--log-format", "json", "--no-quiet"], attributes: { log_format: "json" } },
  ];
  for (const { argv, attributes } of rows) {
    test(`\`classAttributes\` of ${JSON.stringify(argv)} are ${JSON.stringify(attributes)}`, () => {
      assert.deepEqual(
        classAttributes(parseCommandLine(argv) as GivenSettings, null, Handler).handler,
        attributes,
      );
    });
  }

  test("`classAttributes` has the settings of the server", () => {
    const argv = ["--drain-delay", "5", "--accept-in-threads", "--trusted-proxy", "unix"];
    const { handler, server } = classAttributes(parseCommandLine(argv) as GivenSettings, null, {});
    assert.deepEqual(handler, {});
    assert.deepEqual(server, { drain_delay: 5, accept_in_threads: true, trusted_proxies: ["unix"] });
  });

  test("`classAttributes` has the password, from any source", () => {
    assert.deepEqual(classAttributes({}, "a:b", {}).handler, { auth: "a:b" });
  });

  test("`classAttributes` treats an empty list of hosts as all hosts", () => {
    assert.deepEqual(classAttributes({ allowed_host: [] }, null, {}).handler, { allowed_hosts: null });
  });
});
