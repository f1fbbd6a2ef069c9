import assert from "node:assert/strict";
import { test } from "node:test";
import {
  clientPersists,
  type ExchangeFacts,
  endsConnection,
  keepAlive,
  optionToSend,
  type ResponseFacts,
} from "#src/http1/persistence.js";

const GOOD: ExchangeFacts = {
  isUnderstood: true,
  clientPersists: true,
  isConnect: false,
  serverEnds: false,
  isContentInTheWay: false,
  hasFailed: false,
};
const LENGTH: ResponseFacts = { connection: null, framing: "length" };

interface Row {
  readonly name: string;
  readonly exchange?: Partial<ExchangeFacts>;
  readonly response?: Partial<ResponseFacts>;
  readonly ends: boolean;
}

const rows: readonly Row[] = [
  { name: "all is well", ends: false },
  { name: "no content", response: { framing: "none" }, ends: false },
  { name: "chunks", response: { framing: "chunked" }, ends: false },
  { name: "the response says keep-alive", response: { connection: "keep-alive" }, ends: false },
  { name: "the response says close", response: { connection: "close" }, ends: true },
  { name: "the content ends with the connection", response: { framing: "close" }, ends: true },
  { name: "the protocol was changed", response: { framing: "raw" }, ends: true },
  { name: "the client has said close", exchange: { clientPersists: false }, ends: true },
  { name: "the server closes", exchange: { serverEnds: true }, ends: true },
  { name: "content is unread", exchange: { isContentInTheWay: true }, ends: true },
  { name: "the handler has failed", exchange: { hasFailed: true }, ends: true },
  { name: "the request was malformed", exchange: { isUnderstood: false }, ends: true },
  { name: "a CONNECT was refused", exchange: { isConnect: true }, ends: true },
  {
    name: "a CONNECT was accepted",
    exchange: { isConnect: true },
    response: { framing: "raw" },
    ends: true,
  },
  {
    name: "the response says keep-alive, and the client close",
    exchange: { clientPersists: false },
    response: { connection: "keep-alive" },
    ends: true,
  },
];

for (const { name, exchange, response, ends } of rows) {
  test(`endsConnection: ${ends ? "closes" : "goes on"} if ${name}`, () => {
    assert.equal(endsConnection({ ...GOOD, ...exchange }, { ...LENGTH, ...response }), ends);
  });
}

test("endsConnection: one reason to end a connection is enough, whatever the others", () => {
  const fatal: readonly (readonly [Partial<ExchangeFacts>, Partial<ResponseFacts>])[] = rows
    .filter(({ ends }) => ends)
    .map(({ exchange = {}, response = {} }) => [exchange, response]);
  for (const [exchange, response] of fatal)
    for (const [other, otherResponse] of fatal)
      assert.ok(
        endsConnection({ ...GOOD, ...other, ...exchange }, { ...LENGTH, ...otherResponse, ...response }),
      );
});

const persistence: readonly (readonly [options: string[], in11: boolean, in10: boolean])[] = [
  [[], true, false],
  [["close"], false, false],
  [["keep-alive"], true, true],
  [["close", "keep-alive"], false, false],
  [["keep-alive", "close"], false, false],
  [["upgrade"], true, false],
  [["upgrade", "keep-alive"], true, true],
];

for (const [options, in11, in10] of persistence) {
  test(`clientPersists: Connection: ${options.join(", ") || "(none)"} (RFC 9112 §9.3)`, () => {
    assert.equal(clientPersists(1, options), in11);
    assert.equal(clientPersists(0, options), in10);
  });
}

test("optionToSend tells an HTTP/1.0 client that the connection stays open, and every client that it closes", () => {
  assert.equal(optionToSend(true, 0, true), "close");
  assert.equal(optionToSend(true, 1, true), "close");
  assert.equal(optionToSend(false, 0, false), "keep-alive");
  assert.equal(optionToSend(false, 1, false), null);
  assert.equal(optionToSend(false, 1, true), "keep-alive");
});

const kept: [seconds: number | null, field: string, timeout: number | null][] = [
  [null, "", null],
  [0.5, "", 0.5],
  [1, "Keep-Alive: timeout=1\r\n", 2],
  [5.9, "Keep-Alive: timeout=5\r\n", 6.9],
];

for (const [seconds, field, timeout] of kept) {
  test(`an idle time of ${seconds} seconds is announced as ${JSON.stringify(field)}, and ends after ${timeout}`, () => {
    assert.deepEqual(keepAlive(seconds), { field, timeout });
  });
}
