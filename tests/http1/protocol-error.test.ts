import assert from "node:assert/strict";
import test from "node:test";
import { isReasonPhrase } from "#src/http1/grammar.js";
import { PROTOCOL_ERRORS, ProtocolError, type ProtocolErrorCode } from "#src/http1/protocol-error.js";

for (const code of Object.keys(PROTOCOL_ERRORS) as ProtocolErrorCode[]) {
  test(`\`ProtocolError\` ${code} has a status of a client's fault, a reason phrase and a sentence`, () => {
    const error = new ProtocolError(code);
    assert.equal(error.name, "ProtocolError");
    assert.equal(error.code, code);
    assert.ok((error.status >= 400 && error.status < 500) || [501, 505].includes(error.status));
    assert.ok(isReasonPhrase(error.message) && error.message !== "");
    assert.match(error.explanation, /^[A-Z].*\.$/);
  });
}
