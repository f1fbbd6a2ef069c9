import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { describe, test } from "node:test";
import fc from "fast-check";
import { parseConfig, readConfigFile } from "#src/cli/config-file.js";
import { UsageError } from "#src/cli/option.js";

describe("parseConfig", () => {
  const understood: { text: string; given: Record<string, unknown> }[] = [
    { text: "{}", given: {} },
    { text: '\ufeff { "port": 0 }\n', given: { port: 0 } },
    {
      text: '{ "bind": "::1", "protocol": "HTTP/1.0", "quiet": false }',
      given: { bind: "::1", protocol: "HTTP/1.0", quiet: false },
    },
    { text: '{ "content_type": "text/plain" }', given: { content_type: "text/plain" } },
    {
      text: '{ "headers": { "A": "b", "C": "" } }',
      given: {
        headers: [
          ["A", "b"],
          ["C", ""],
        ],
      },
    },
    {
      text: '{ "headers": [["A", "b"], ["A", "c"]] }',
      given: {
        headers: [
          ["A", "b"],
          ["A", "c"],
        ],
      },
    },
    { text: '{ "headers": { "__proto__": "x" } }', given: { headers: [["__proto__", "x"]] } },
    { text: '{ "headers": [] }', given: { headers: [] } },
    { text: '{ "directory": "www" }', given: { directory: resolve("conf/www") } },
    { text: '{ "directory": ".." }', given: { directory: resolve(".") } },
    { text: '{ "directory": "/srv/www" }', given: { directory: resolve("/srv/www") } },
  ];
  for (const { text, given } of understood) {
    test(`\`parseConfig\` understands ${text}`, () =>
      assert.deepEqual(parseConfig(text, "conf/x.json"), given));
  }

  const refused: { text: string; message: string }[] = [
    { text: "", message: "line 1, column 1: not valid JSON" },
    { text: '{\n  "port": 80,\n  // no comments\n}', message: "line 3, column 3: not valid JSON" },
    {
      text: '{\n  "port": 80,\n  "headers": { "A": "b" },\n  "p\\u006frt": 81\n}',
      message: "line 4, column 3: the key 'port' occurs twice",
    },
    {
      text: '{ "headers": { "A": "b", "C": ["A", "A"], "A": "d" } }',
      message: "line 1, column 43: the key 'A' occurs twice",
    },
    { text: '{ "port": 080 }', message: "line 1, column 11: not valid JSON" },
    { text: "[]", message: "must contain an object, not []" },
    { text: "null", message: "must contain an object, not null" },
    { text: '{ "prot": 80 }', message: "unknown key 'prot' (did you mean 'protocol'?)" },
    {
      text: '{ "content-type": "a/b" }',
      message: "unknown key 'content-type' (did you mean 'content_type'?)",
    },
    { text: '{ "host": 80 }', message: "unknown key 'host'" },
    { text: '{ "listen": 80 }', message: "listen must be an array of strings, not 80" },
    {
      text: '{ "listen": ["80"] }',
      message: "listen: '80' is not HOST:PORT, [IPV6]:PORT, :PORT, unix:PATH or fd:NUMBER (write :80)",
    },
    {
      text: '{ "mime": [".log=text/plain"] }',
      message: 'mime must be an object with strings as values, not [".log=text/plain"]',
    },
    {
      text: '{ "mime": { ".log": "text" } }',
      message: "mime: 'text' is not a media type such as text/plain",
    },
    { text: '{ "cors": 1 }', message: "cors must be true, false or a string, not 1" },
    { text: '{ "listing": "no" }', message: 'listing must be true or false, not "no"' },
    { text: '{ "no_listing": true }', message: "unknown key 'no_listing'" },
    { text: '{ "help": true }', message: "unknown key 'help'" },
    { text: '{ "auth": "secret" }', message: "auth: it must be a user, a colon and a password" },
    { text: '{ "help": true }', message: "unknown key 'help'" },
    { text: '{ "config": "y.json" }', message: "unknown key 'config'" },
    { text: '{ "__proto__": { "port": 80 } }', message: "unknown key '__proto__'" },
    { text: '{ "constructor": 1 }', message: "unknown key 'constructor'" },
    { text: '{ "port": "80" }', message: 'port must be a number, not "80"' },
    { text: '{ "port": null }', message: "port must be a number, not null" },
    { text: '{ "port": 80.5 }', message: "port: '80.5' is not a port number (0 to 65535)" },
    { text: '{ "port": 65536 }', message: "port: '65536' is not a port number (0 to 65535)" },
    { text: '{ "bind": 1 }', message: "bind must be a string, not 1" },
    { text: '{ "protocol": "HTTP/3" }', message: "protocol: 'HTTP/3' is not one of HTTP/1.0, HTTP/1.1" },
    { text: '{ "directory": "" }', message: "directory: '' is not a path" },
    { text: '{ "quiet": "yes" }', message: 'quiet must be true or false, not "yes"' },
    { text: '{ "quiet": 1 }', message: "quiet must be true or false, not 1" },
    {
      text: '{ "headers": { "A": 1 } }',
      message:
        'headers must be an object with strings as values, or an array of pairs of strings, not {"A":1}',
    },
    {
      text: '{ "headers": [["A"]] }',
      message:
        'headers must be an object with strings as values, or an array of pairs of strings, not [["A"]]',
    },
    { text: '{ "headers": { "A b": "c" } }', message: "headers: 'A b' is not a header name" },
  ];
  for (const { text, message } of refused) {
    test(`\`parseConfig\` refuses ${JSON.stringify(text)}`, () => {
      assert.deepEqual(
        parseConfig(text, "conf/x.json"),
        new UsageError(`config file 'conf/x.json': ${message}`),
      );
    });
  }

  test("`parseConfig` changes no prototype", () => {
    parseConfig('{ "headers": { "__proto__": "x" }, "__proto__": { "polluted": 1 } }', "x.json");
    assert.equal("polluted" in {}, false);
  });

  test("`parseConfig` returns settings or one line of text for any JSON", () => {
    const key = fc.constantFrom("port", "bind", "headers", "quiet", "directory", "__proto__");
    fc.assert(
      fc.property(fc.dictionary(key, fc.jsonValue()), (content) => {
        const result = parseConfig(JSON.stringify(content), "x.json");
        if (result instanceof UsageError) assert.match(result.message, /^[^\n]+$/);
      }),
    );
  });
});

describe("readConfigFile", () => {
  test("`readConfigFile` reads a file, or explains why it can't", (context) => {
    const directory = mkdtempSync(join(tmpdir(), "pyserve-config-"));
    context.after(() => rmSync(directory, { recursive: true }));
    const file = join(directory, "x.json");
    writeFileSync(file, '{ "directory": "www" }');
    mkdirSync(join(directory, "d"));
    const [wide, latin] = [join(directory, "wide.json"), join(directory, "latin.json")];
    writeFileSync(wide, "\ufeff{}", "utf16le"); // as `echo {} > wide.json` in PowerShell
    writeFileSync(latin, '{ "directory": "caf\xe9" }', "latin1");

    assert.deepEqual(readConfigFile(file), { directory: join(directory, "www") });
    for (const [path, why] of [
      [join(directory, "y.json"), "there is no such file"],
      [join(file, "z"), "there is no such file"],
      [join(directory, "d"), "it is a directory"],
      ["/dev/zero", "it is longer than 1 MiB"],
      [wide, "it is not text in UTF-8"],
      [latin, "it is not text in UTF-8"],
    ] as const) {
      const result = readConfigFile(path);
      assert.ok(result instanceof UsageError && result.message.startsWith("config file '"));
      assert.ok(result.message.endsWith(` can't be read: ${why}`), result.message);
    }
  });
});
