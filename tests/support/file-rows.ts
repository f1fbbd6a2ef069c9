import assert from "node:assert/strict";
import type { FILES, FileReply, FileRow } from "../conformance/files.js";
import { fieldOf, parseReply, type RawReply, rawExchange } from "./raw-http.js";

export type FileMethod = "GET" | "HEAD";

/** Address of a server for {@link FILES}. */
export type Address = readonly [host: string, port: number];

/** Values of a server for the placeholders in rows. */
export interface CurrentValidators {
  readonly tag: string;
  readonly date: string;
}

/** The validators of a file, as the server sends them. */
export async function currentValidators(
  address: Address,
  file: keyof typeof FILES,
): Promise<CurrentValidators> {
  const reply = await request(address, "GET", file, []);
  return { tag: fieldOf(reply, "ETag") ?? "", date: fieldOf(reply, "Last-Modified") ?? "" };
}

/** Returns the response that a row expects for a method. */
export function expectedFor(row: FileRow, method: FileMethod): FileReply {
  const expected = method === "HEAD" ? (row.head ?? row.expected) : row.expected;
  return method === "HEAD" ? { ...expected, body: "" } : expected;
}

/** Replaces placeholders in rows with a server's values. */
export function filled(text: string, { tag, date }: CurrentValidators): string {
  const seconds = Date.parse(date);
  const values: Readonly<Record<string, string>> = {
    tag,
    opaque: tag.replace(/^W\//, ""),
    date,
    before: new Date(seconds - 1000).toUTCString(),
    after: new Date(seconds + 1000).toUTCString(),
  };
  return text.replace(/\{(\w+)\}/g, (name, key: string) => values[key] ?? name);
}

/** Sends the request of a row, and compares the response with the expected one. */
export async function checkFileRow(address: Address, row: FileRow, method: FileMethod): Promise<void> {
  const current = await currentValidators(address, row.file);
  const fields = row.fields.map(([name, value]) => [name, filled(value, current)] as const);
  assertReply(await request(address, method, row.file, fields), expectedFor(row, method), current);
}

/** Compares a response with a row's expectation. */
export function assertReply(reply: RawReply, expected: FileReply, current: CurrentValidators): void {
  const boundary = /boundary=(.*)/.exec(fieldOf(reply, "Content-Type") ?? "")?.[1] ?? "";
  const inReply = (text: string) => filled(text, current).replaceAll("{boundary}", boundary);
  assert.equal(reply.status.slice(0, 3), String(expected.status));
  for (const [name, value] of Object.entries(expected.fields))
    assert.equal(fieldOf(reply, name), value === null ? undefined : inReply(value), name);
  if (expected.body !== undefined) assert.equal(reply.body.toString("latin1"), inReply(expected.body));
}

async function request(
  address: Address,
  method: FileMethod,
  file: string,
  fields: FileRow["fields"],
): Promise<RawReply> {
  const lines = [["Host", "localhost"], ["Connection", "close"], ...fields];
  const head = lines.map(([name, value]) => `${name}: ${value}\r\n`).join("");
  return parseReply(await rawExchange(address, `${method} /${file} HTTP/1.1\r\n${head}\r\n`));
}
