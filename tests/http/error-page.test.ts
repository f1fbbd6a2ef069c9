import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  DEFAULT_ERROR_CONTENT_TYPE,
  DEFAULT_ERROR_MESSAGE,
  escapeMarkup,
  formatErrorMessage,
} from "#src/http/error-page.js";

const values = { code: 404, message: "Not Found", explain: "Nothing matches the given URI" };

describe("formatErrorMessage", () => {
  const rows = [
    {
      name: "all places",
      format: "%(code)d|%(message)s|%(explain)s",
      page: "404|Not Found|Nothing matches the given URI",
    },
    { name: "the code as text, too", format: "%(code)s", page: "404" },
    { name: "a place twice", format: "%(code)d%(code)d", page: "404404" },
    { name: "a doubled percent sign", format: "width: 100%%", page: "width: 100%" },
    { name: "two doubled percent signs before a word", format: "%%%%(code)d", page: "%%(code)d" },
    { name: "line feeds around places", format: "\n%(message)s\n", page: "\nNot Found\n" },
    { name: "nothing", format: "", page: "" },
  ];
  for (const { name, format, page } of rows) {
    test(`\`formatErrorMessage\` fills in ${name}`, () =>
      assert.equal(formatErrorMessage(format, values), page));
  }

  const refused = [
    "%",
    "100%",
    "50% off",
    "%s",
    "%d",
    "%(message)d",
    "%(explain)d",
    "%(reason)s",
    "%(code)",
    "%(code)x",
    "%(code",
    "%(__proto__)s",
    "%(toString)s",
    "%\n",
    "%(Code)d",
    "%(code)D",
  ];
  for (const format of refused) {
    test(`\`formatErrorMessage\` refuses ${JSON.stringify(format)}`, () => {
      assert.throws(() => formatErrorMessage(format, values), {
        name: "TypeError",
        message: /^error_message_format: "%/,
      });
    });
  }

  test("`formatErrorMessage` does not look for placeholders in values", () => {
    const page = formatErrorMessage("%(message)s %(explain)s", {
      code: 400,
      message: "%(code)d $& $1",
      explain: "%%",
    });
    assert.equal(page, "%(code)d $& $1 %%");
  });

  test("`formatErrorMessage` returns Python's page for the default format", () => {
    const page = formatErrorMessage(DEFAULT_ERROR_MESSAGE, values);
    assert.match(page, /^<!DOCTYPE HTML>\n<html lang="en">\n/);
    assert.match(page, /color-scheme: light dark;/);
    assert.match(page, /<p>Error code: 404<\/p>\n {8}<p>Message: Not Found\.<\/p>\n/);
    assert.match(
      page,
      /<p>Error code explanation: 404 - Nothing matches the given URI\.<\/p>\n {4}<\/body>\n<\/html>\n$/,
    );
    assert.equal(DEFAULT_ERROR_CONTENT_TYPE, "text/html;charset=utf-8");
  });
});

test("`escapeMarkup` escapes markup, and leaves quotes alone, which are harmless between tags", () => {
  assert.equal(escapeMarkup(`Unsupported method ('<"&>')`), `Unsupported method ('&lt;"&amp;&gt;')`);
});
