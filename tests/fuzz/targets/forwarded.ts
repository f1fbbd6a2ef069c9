import assert from "node:assert/strict";
import {
  type ForwardedNode,
  forwardedElements,
  forwardedForNodes,
  parseForwardedElement,
  parseNode,
  readForwarded,
} from "#src/http1/forwarded.js";

const TRUSTED = {
  includes: (address: string) => address.startsWith("10."),
  canonical: (address: string) => address.toLowerCase(),
};
const CLIENT = "192.0.2.1";

/**
 * The elements that a proxy adds count, regardless of those that a client has sent before them. Each line of the input
 * is a field line.
 */
export function holds(bytes: Buffer): void {
  const lines = bytes.toString("latin1").split("\n");
  for (const element of forwardedElements(lines)) if (element?.for) assertRead(element.for);
  for (const node of forwardedForNodes(lines)) if (node) assertRead(node);
  parseForwardedElement(lines[0] as string);
  for (const added of [`for=${CLIENT}`, `for=${CLIENT}, for=10.0.0.1`])
    assertFound("Forwarded", lines, added);
  for (const added of [CLIENT, `${CLIENT}, 10.0.0.1`]) assertFound("X-Forwarded-For", lines, added);
}

function assertRead({ name, port, isAddress }: ForwardedNode): void {
  const written = `${name.includes(":") ? `[${name}]` : name}:${port}`;
  assert.deepEqual(parseNode(written), { name, port, isAddress });
}

function assertFound(name: string, lines: readonly string[], added: string): void {
  const before = lines.slice(0, -1).flatMap((line) => [name, line]);
  const read = readForwarded([...before, name, `${lines.at(-1)}, ${added}`], TRUSTED);
  assert.ok(read !== "contradictory");
  assert.equal(read.client?.name, CLIENT);
}
