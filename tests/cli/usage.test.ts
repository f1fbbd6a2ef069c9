import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { OPTION_LIST } from "#src/cli/options.js";
import { usage } from "#src/cli/usage.js";

describe("usage", () => {
  const text = usage();

  test("`usage` fits into 80 columns and ends with one line feed", () => {
    for (const line of text.split("\n")) assert.ok(line.length < 80 && line === line.trimEnd(), line);
    assert.match(text, /[^\n]\n$/);
  });

  test("`usage` begins with the synopsis, wrapped under itself", () => {
    assert.ok(
      text.startsWith(
        `${[
          "usage: pyserve [-h] [-V] [-b ADDRESS] [-d DIR] [-p VERSION]",
          "               [--content-type TYPE] [-H NAME VALUE] [-c FILE] [--threads N]",
          "               [--tls] [--tls-cert FILE] [--tls-key FILE]",
          "               [--tls-password-file FILE] [-q] [port]",
          "",
          "Serve a directory over HTTP.",
        ].join("\n")}\n`,
      ),
      text,
    );
  });

  test("`usage` describes every option with its names and its help", () => {
    const words = text.replaceAll(/\s+/g, " ");
    for (const [, option] of OPTION_LIST) {
      assert.ok(
        words.includes(option.help.replace("%(default)s", String("initial" in option && option.initial))),
        option.long,
      );
    }
    assert.match(text, /^ {2}-b, --bind ADDRESS {4}bind to this address/m);
    assert.match(text, /^ {2}-H, --header NAME VALUE\n {24}add this header/m);
    assert.match(text, /^ {2}port {18}bind to this port.*\n {24}8000\)$/m);
    assert.match(text, /Python's is HTTP\/1\.0/);
  });
});
