import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { mergeSettings } from "#src/cli/merge-settings.js";
import { UsageError } from "#src/cli/option.js";
import type { GivenSettings } from "#src/cli/options.js";

const LISTEN = [{ fd: 3 }];

describe("mergeSettings", () => {
  const merged: { file: GivenSettings; line: GivenSettings; result: GivenSettings }[] = [
    { file: { port: 1, quiet: true }, line: { port: 2 }, result: { port: 2, quiet: true } },
    { file: { port: 1, bind: "a" }, line: { listen: LISTEN }, result: { listen: LISTEN } },
    { file: { listen: LISTEN }, line: { port: 1 }, result: { port: 1 } },
    { file: { listen: LISTEN }, line: { bind: "a" }, result: { bind: "a" } },
    { file: { listen: [] }, line: { port: 1 }, result: { port: 1 } },
    { file: { auth: "a:b" }, line: { auth_file: "f" }, result: { auth_file: "f" } },
    { file: { tls: true }, line: { tls_cert: "c" }, result: { tls_cert: "c" } },
    { file: { tls_cert: "c", tls_key: "k" }, line: { tls: true }, result: { tls: true } },
    { file: { tls_cert: "c" }, line: { tls_key: "k" }, result: { tls_cert: "c", tls_key: "k" } },
    { file: { tls_cert: "c" }, line: { tls: false }, result: { tls_cert: "c", tls: false } },
  ];
  for (const { file, line, result } of merged) {
    test(`\`mergeSettings\` makes ${JSON.stringify(result)} of ${JSON.stringify(file)} and ${JSON.stringify(line)}`, () => {
      assert.deepEqual(mergeSettings(file, line), result);
    });
  }

  const refused: { given: GivenSettings; message: string }[] = [
    ...[{ port: 1 }, { bind: "a" }].map((other) => ({
      given: { listen: LISTEN, ...other },
      message: "--listen replaces the port and --bind: give one or the other",
    })),
    {
      given: { auth: "a:b", auth_file: "f" },
      message: "--auth and --auth-file both set the password: give one of them",
    },
    {
      given: { tls: true, tls_cert: "c" },
      message: "--tls creates a certificate, and --tls-cert loads one: give one of them",
    },
    {
      given: { proxy_protocol: true },
      message: "--proxy-protocol needs --trusted-proxy: give the address of the proxy",
    },
    {
      given: { tls_key: "k" },
      message: "--tls-key and --tls-password-file belong to a certificate: give --tls-cert too",
    },
  ];
  for (const { given, message } of refused) {
    test(`\`mergeSettings\` refuses ${JSON.stringify(given)} of either place`, () => {
      assert.deepEqual(mergeSettings(given, {}), new UsageError(message));
      assert.deepEqual(mergeSettings({}, given), new UsageError(message));
    });
  }
});
