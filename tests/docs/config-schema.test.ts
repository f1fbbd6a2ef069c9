import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { parseConfig } from "#src/cli/config-file.js";
import { UsageError } from "#src/cli/option.js";
import { configSchema } from "./config-schema.js";

interface Schema {
  readonly type?: string | readonly string[];
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly Schema[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly items?: Schema;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: boolean | Schema;
  readonly default?: unknown;
}

const SCHEMA = configSchema() as Schema;

const TYPES: Readonly<Record<string, (value: unknown) => boolean>> = {
  boolean: (value) => typeof value === "boolean",
  string: (value) => typeof value === "string",
  integer: Number.isInteger,
  array: Array.isArray,
  object: (value) => typeof value === "object" && value !== null && !Array.isArray(value),
};

/** The part of JSON Schema that this schema uses. */
function isValid(value: unknown, schema: Schema): boolean {
  const {
    type,
    minimum = -Infinity,
    maximum = Infinity,
    items,
    properties = {},
    additionalProperties = true,
  } = schema;
  if (type !== undefined && ![type].flat().some((name) => TYPES[name]?.(value))) return false;
  if (schema.enum?.includes(value) === false) return false;
  if (schema.anyOf?.some((one) => isValid(value, one)) === false) return false;
  if (typeof value === "number" && (value < minimum || value > maximum)) return false;
  if (Array.isArray(value)) {
    const { minItems = 0, maxItems = Infinity } = schema;
    if (value.length < minItems || value.length > maxItems) return false;
    return items === undefined || value.every((element) => isValid(element, items));
  }
  if (typeof value !== "object" || value === null) return true;
  return Object.entries(value).every(([key, member]) => {
    const own = Object.hasOwn(properties, key) ? properties[key] : additionalProperties;
    return typeof own === "boolean" ? own : isValid(member, own as Schema);
  });
}

describe("configSchema", () => {
  const rows: readonly (readonly [config: object, isGood: boolean])[] = [
    [{}, true],
    [{ $schema: "x" }, true],
    [{ port: 8080, bind: "::1", threads: 0 }, true],
    [{ port: "8080" }, false],
    [{ port: 65536 }, false],
    [{ port: -1 }, false],
    [{ port: 1.5 }, false],
    [{ threads: 10_000 }, false],
    [{ listen: [":80", "unix:a"] }, true],
    [{ listen: ":80" }, false],
    [{ listing: false, dotfiles: true, no_store: true }, true],
    [{ listing: "no" }, false],
    [{ help: true }, false],
    [{ unknown: 1 }, false],
    [{ symlinks: "all" }, true],
    [{ symlinks: "some" }, false],
    [{ protocol: "HTTP/1.0" }, true],
    [{ protocol: "HTTP/2" }, false],
    [{ log_format: "json" }, true],
    [{ log_format: "none" }, false],
    [{ cors: true }, true],
    [{ cors: false }, true],
    [{ cors: "https://example.com" }, true],
    [{ cors: 1 }, false],
    [{ mime: { ".log": "text/plain" } }, true],
    [{ mime: { ".log": 1 } }, false],
    [{ mime: [] }, false],
    [{ content_encoding: { "*.br": "br" }, precompressed_only: true, digests: true }, true],
    [{ headers: { A: "b" } }, true],
    [{ headers: [["A", "b"]] }, true],
    [{ headers: [["A"]] }, false],
    [{ headers: "A: b" }, false],
    [{ cache: 60 }, true],
    [{ cache: 2 ** 32 }, false],
    [{ index: ["a.html"], immutable: ["a/**"], allowed_host: [] }, true],
  ];
  for (const [config, isGood] of rows) {
    test(`\`configSchema\` and \`parseConfig\` both ${isGood ? "take" : "refuse"} ${JSON.stringify(config)}`, () => {
      assert.equal(isValid(config, SCHEMA), isGood);
      assert.equal(!(parseConfig(JSON.stringify(config), "x.json") instanceof UsageError), isGood);
    });
  }

  test("`configSchema` accepts its own defaults", () => {
    for (const [key, schema] of Object.entries(SCHEMA.properties ?? {}))
      if (schema.default !== undefined) assert.ok(isValid(schema.default, schema), key);
  });
});
