import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { describe, test } from "node:test";
import { HTTPStatus, responses } from "#src/http/status.js";

type Row = [name: string, code: number, phrase: string, description: string];

/**
 * Changes to the texts of Python 3.11 up to 3.14: the phrases of RFC 9110 (3.13), and the descriptions that were
 * missing (3.14).
 */
const NEWER_PHRASES: Record<number, string> = {
  413: "Content Too Large",
  414: "URI Too Long",
  416: "Range Not Satisfiable",
  422: "Unprocessable Content",
};
const NEWER_DESCRIPTIONS: Record<number, string> = {
  413: "Content is too large",
  418: "Server refuses to brew coffee because it is a teapot",
};

describe("HTTPStatus", () => {
  test("`HTTPStatus` has a name for every status of RFC 9110 and its companions", () => {
    const names = Object.entries(HTTPStatus);
    assert.equal(names.length, 66);
    assert.equal(new Set(Object.values(HTTPStatus)).size, 62);
    for (const [name, code] of names) {
      assert.match(name, /^[A-Z_]+$/);
      assert.ok(code >= 100 && code <= 599 && responses[code] !== undefined, name);
    }
  });

  const rows = [
    ["CONTINUE", 100],
    ["EARLY_HINTS", 103],
    ["OK", 200],
    ["IM_USED", 226],
    ["PERMANENT_REDIRECT", 308],
    ["CONTENT_TOO_LARGE", 413],
    ["REQUEST_ENTITY_TOO_LARGE", 413],
    ["URI_TOO_LONG", 414],
    ["REQUEST_URI_TOO_LONG", 414],
    ["RANGE_NOT_SATISFIABLE", 416],
    ["REQUESTED_RANGE_NOT_SATISFIABLE", 416],
    ["IM_A_TEAPOT", 418],
    ["MISDIRECTED_REQUEST", 421],
    ["UNPROCESSABLE_CONTENT", 422],
    ["UNPROCESSABLE_ENTITY", 422],
    ["TOO_EARLY", 425],
    ["UNAVAILABLE_FOR_LEGAL_REASONS", 451],
    ["NETWORK_AUTHENTICATION_REQUIRED", 511],
  ] as const;
  for (const [name, code] of rows) {
    test(`\`HTTPStatus.${name}\` is ${code}`, () => assert.equal(HTTPStatus[name], code));
  }

  test("`HTTPStatus` has literal types", () => {
    const found: 404 = HTTPStatus.NOT_FOUND;
    const any: HTTPStatus = found;
    assert.equal(any, 404);
  });

  test("`HTTPStatus` and `responses` are frozen", () => {
    assert.ok(Object.isFrozen(HTTPStatus) && Object.isFrozen(responses));
    assert.ok(Object.values(responses).every(Object.isFrozen));
  });
});

describe("responses", () => {
  test("`responses` has a phrase and a description for every code", () => {
    for (const [phrase, description] of Object.values(responses)) {
      assert.match(phrase, /^[\x20-\x7e]+$/);
      assert.match(description, /^[\x20-\x7e]+[^.]$/); // the page adds the full stop
    }
  });

  test("`HTTPStatus` and `responses` agree with Python's `http.HTTPStatus`", (context) => {
    const rows = pythonStatuses();
    if (rows === null) return context.skip("no Python 3 here");
    for (const [name, code, phrase, description] of rows) {
      assert.equal(HTTPStatus[name as keyof typeof HTTPStatus], code, name);
      const [ourPhrase, ourDescription] = responses[code] ?? ["", ""];
      if (ourPhrase !== phrase) assert.equal(ourPhrase, NEWER_PHRASES[code], name);
      if (ourDescription !== description && description !== "") {
        assert.equal(ourDescription, NEWER_DESCRIPTIONS[code], name);
      }
    }
  });
});

function pythonStatuses(): Row[] | null {
  const program = `
import http, json
print(json.dumps([[n, int(v), v.phrase, v.description] for n, v in http.HTTPStatus.__members__.items()]))`;
  try {
    return JSON.parse(execFileSync("python3", ["-c", program], { encoding: "utf8" })) as Row[];
  } catch {
    return null;
  }
}
