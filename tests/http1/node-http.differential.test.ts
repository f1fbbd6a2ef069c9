import assert from "node:assert/strict";
import test, { type TestContext } from "node:test";
import { foundFor, writtenFor } from "../fuzz/corpus.js";
import { mutated, wordsWith } from "../fuzz/mutations.js";
import { Random } from "../fuzz/random.js";
import { TARGETS } from "../fuzz/targets.js";
import { type NodeOutcome, NodeParser, type NodeRequest } from "../support/node-parser.js";
import { bytesOf, outcomeOf, type ParsedRequest } from "../support/protocol-rows.js";
import { ONLY_NODE_TAKES, ONLY_WE_TAKE } from "./node-http-disagreements.js";
import { BOTH_REFUSE, BOTH_TAKE } from "./node-http-rows.js";

// The same bytes for Node's own parser and for ours.

/**
 * Outcome of our parser, as far as Node's parser reads: to the first request after which the connection ends
 * or becomes a tunnel.
 */
interface OurOutcome {
  readonly requests: readonly ParsedRequest[];
  /** The error; `"closed"` if there is none, `"last"` if the rest is not compared. */
  readonly end: string;
}

const HEAD_OF_CONTENT = bytesOf("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n");
const CHANGED_TEXTS = 1000;

function weRead(bytes: Buffer): OurOutcome {
  const { requests, end } = outcomeOf([bytes], { ends: true });
  const complete = requests.filter(({ trailers }) => trailers !== undefined);
  const last = complete.findIndex(({ head }) => !head.persistent || head.method === "CONNECT");
  return last < 0 ? { requests: complete, end } : { requests: complete.slice(0, last + 1), end: "last" };
}

/**
 * Returns the parts of a request that both parsers read. Fields are left out if the target names another
 * host, which replaces `Host`.
 */
function common(request: NodeRequest | ParsedRequest, hasFields: boolean): unknown {
  if (!("head" in request)) return { ...request, fields: hasFields && request.fields };
  const { method, target, fields } = request.head;
  return { method, target, fields: hasFields && fields, content: request.content };
}

/**
 * Asserts that requests that both parsers read are equal. So a server behind the other kind of server does not read
 * different requests.
 */
function assertSameRequests(ours: OurOutcome, theirs: NodeOutcome): void {
  for (const [at, theirRequest] of theirs.requests.entries()) {
    const request = ours.requests[at];
    if (request === undefined) return;
    const hasFields = request.head.authority === null;
    assert.deepEqual(common(theirRequest, hasFields), common(request, hasFields));
  }
}

/** Returns the parser that reads further. */
function takerOf(ours: OurOutcome, theirs: NodeOutcome): "both" | "Node" | "we" {
  const further = ours.requests.length - theirs.requests.length;
  if (further !== 0) return further > 0 ? "we" : "Node";
  if (ours.end === "last" || (ours.end !== "closed") === theirs.refuses) return "both";
  return theirs.refuses ? "we" : "Node";
}

function hasReason(text: string, taker: "Node" | "we", end: string): boolean {
  if (taker === "we") return ONLY_WE_TAKE.some(([, , , pattern]) => pattern.test(text));
  return ONLY_NODE_TAKES.some(([, , refusal, , pattern]) => refusal === end && pattern.test(text));
}

async function assertAgreement(node: NodeParser, bytes: Buffer): Promise<void> {
  const ours = weRead(bytes);
  const theirs = await node.read(bytes);
  assertSameRequests(ours, theirs);
  const taker = takerOf(ours, theirs);
  const text = bytes.toString("latin1");
  assert.ok(
    taker === "both" || hasReason(text, taker, ours.end),
    `no reason why only ${taker} takes it (${ours.end}): ${JSON.stringify(text)}`,
  );
}

async function startNode(t: TestContext): Promise<NodeParser> {
  const node = new NodeParser();
  await node.listen();
  t.after(() => node.close());
  return node;
}

function corpus(): Buffer[] {
  const content = [...writtenFor("content").values(), ...foundFor("content")];
  return [
    ...writtenFor("parser").values(),
    ...foundFor("parser"),
    ...content.map((bytes) => Buffer.concat([HEAD_OF_CONTENT, bytes])),
  ];
}

test("`ServerConnection` and Node's parser agree, except in the rows with a reason", async (t) => {
  const node = await startNode(t);
  const take = async (text: string) => {
    const [ours, theirs] = [weRead(bytesOf(text)), await node.read(bytesOf(text))];
    assertSameRequests(ours, theirs);
    return [!theirs.refuses || theirs.requests.length > 0, ours.end === "last" ? "closed" : ours.end];
  };
  for (const [name, bytes] of Object.entries(BOTH_TAKE)) {
    assert.deepEqual(await take(bytes), [true, "closed"], name);
  }
  for (const [name, bytes] of Object.entries(BOTH_REFUSE)) {
    const [nodeTakes, end] = await take(bytes);
    assert.equal(nodeTakes, false, name);
    assert.notEqual(end, "closed", name);
  }
  for (const [name, bytes, refusal, reason, pattern] of ONLY_NODE_TAKES) {
    assert.deepEqual(await take(bytes), [true, refusal], `${name}: ${reason}`);
    assert.match(bytes, pattern);
  }
  for (const [name, bytes, reason, pattern] of ONLY_WE_TAKE) {
    assert.deepEqual(await take(bytes), [false, "closed"], `${name}: ${reason}`);
    assert.match(bytes, pattern);
  }
});

test("`ServerConnection` and Node's parser read the same requests in the corpus of fuzzing, or a row has the reason", async (t) => {
  const node = await startNode(t);
  for (const bytes of corpus()) await assertAgreement(node, bytes);
});

test("`ServerConnection` and Node's parser read the same requests in mutated texts of the corpus, or a row has the reason", async (t) => {
  const node = await startNode(t);
  const [texts, random] = [corpus(), new Random(1)];
  const words = wordsWith(TARGETS.parser?.words ?? []);
  for (let count = 0; count < CHANGED_TEXTS; count++)
    await assertAgreement(node, mutated(random.oneOf(texts), random.oneOf(texts), words, random));
});
