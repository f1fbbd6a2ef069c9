import assert from "node:assert/strict";
import { once } from "node:events";
import * as net from "node:net";

/** A response as received. Text is latin-1. */
export interface RawReply {
  /** Without the version: `200 OK`. */
  readonly status: string;
  /** All fields in order, with names as received. */
  readonly fields: readonly (readonly [name: string, value: string])[];
  /** Without its chunks, if there were any. */
  readonly body: Buffer;
}

/** Parts of a request; `Host` and `Connection: close` are added. */
export interface RawRequest {
  readonly method?: string;
  /** Sent unchanged, never normalised: latin-1. */
  readonly target: string;
  readonly fields?: Readonly<Record<string, string>>;
}

/** Sends one request on a new connection, and reads to the connection's end. */
export async function rawRequest(address: readonly [string, number], request: RawRequest): Promise<RawReply> {
  const { method = "GET", target, fields = {} } = request;
  const lines = Object.entries({ Host: "localhost", Connection: "close", ...fields });
  const head = [`${method} ${target} HTTP/1.1`, ...lines.map(([name, value]) => `${name}: ${value}`)];
  return parseReply(await rawExchange(address, `${head.join("\r\n")}\r\n\r\n`));
}

/** Sends the same request as GET and as HEAD, whose responses differ only in the content. */
export async function getAndHead(address: readonly [string, number], request: RawRequest): Promise<RawReply> {
  let reply = await rawRequest(address, request);
  const head = await rawRequest(address, { ...request, method: "HEAD" });
  // A file that was just written gets its date when its second is over, which may be between the two requests.
  if (hasDate(reply) !== hasDate(head)) reply = await rawRequest(address, request);
  // The length of a listing is known only when it is written, and HEAD does not wait for this (RFC 9110 §9.3.2).
  const isListing = fieldOf(reply, "Content-Security-Policy") !== undefined;
  const ignored = ["Date", ...(isListing ? ["Content-Length", "Transfer-Encoding"] : [])];
  const comparable = ({ fields }: RawReply) => fields.filter(([name]) => !ignored.includes(name));
  assert.deepEqual([head.status, comparable(head)], [reply.status, comparable(reply)]);
  assert.equal(head.body.length, 0);
  if (fieldOf(reply, "Transfer-Encoding") !== undefined) return reply;
  const length = reply.status.startsWith("304") ? 0 : reply.body.length;
  assert.equal(Number(fieldOf(reply, "Content-Length") ?? 0), length);
  return reply;
}

const hasDate = (reply: RawReply) => fieldOf(reply, "Last-Modified") !== undefined;

/** Sends latin-1 text, and returns everything until the connection's end. */
export async function rawExchange([host, port]: readonly [string, number], text: string): Promise<Buffer> {
  const socket = net.connect({ host: numeric(host), port });
  socket.write(text, "latin1");
  const pieces: Buffer[] = [];
  socket.on("data", (piece: Buffer) => pieces.push(piece));
  try {
    await once(socket, "end");
  } finally {
    socket.destroy();
  }
  return Buffer.concat(pieces);
}

/** Parses a response that ends with its connection. */
export function parseReply(bytes: Buffer): RawReply {
  const end = bytes.indexOf("\r\n\r\n");
  assert.notEqual(end, -1, `no head: ${bytes.toString("latin1", 0, 200)}`);
  const [statusLine = "", ...lines] = bytes.toString("latin1", 0, end).split("\r\n");
  const fields = lines.map((line) => {
    const colon = line.indexOf(":");
    return [line.slice(0, colon), line.slice(colon + 1).trim()] as const;
  });
  const reply = { status: statusLine.replace(/^\S+ /, ""), fields, body: bytes.subarray(end + 4) };
  return fieldOf(reply, "Transfer-Encoding") === "chunked" ? { ...reply, body: dechunk(reply.body) } : reply;
}

/** Joins the chunks of complete content (RFC 9112 §7.1). */
function dechunk(bytes: Buffer): Buffer {
  const chunks: Buffer[] = [];
  for (let at = 0; ; ) {
    const line = bytes.indexOf("\r\n", at);
    assert.notEqual(line, -1, "the content is incomplete");
    const length = Number.parseInt(bytes.toString("latin1", at, line), 16);
    if (length === 0) return Buffer.concat(chunks);
    chunks.push(bytes.subarray(line + 2, line + 2 + length));
    at = line + 2 + length + 2;
  }
}

/** Returns the value of a response's field; `undefined` if it is missing. */
export function fieldOf(reply: RawReply, name: string): string | undefined {
  const wanted = name.toLowerCase();
  return reply.fields.find(([own]) => own.toLowerCase() === wanted)?.[1];
}

function numeric(host: string): string {
  return { "0.0.0.0": "127.0.0.1", "::": "::1" }[host] ?? host;
}
