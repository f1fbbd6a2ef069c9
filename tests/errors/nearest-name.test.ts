import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { nearestName } from "#src/errors/nearest-name.js";

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
