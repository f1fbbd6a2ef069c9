import { helpOf, MOST, type Option } from "#src/cli/option.js";
import { OPTIONS } from "#src/cli/options.js";

/** A schema: the part of JSON Schema 2020-12 that is needed here. */
export type JsonSchema = Readonly<Record<string, unknown>>;

/** Returns the schema of config files, made from the table of options. Editors use it to complete and check keys. */
export function configSchema(): JsonSchema {
  const options = OPTIONS.flatMap((option) =>
    option.isLineOnly ? [] : [[option.name, schemaOf(option)] as const],
  );
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    title: "Options of pyserve",
    type: "object",
    additionalProperties: false,
    properties: { $schema: { type: "string" }, ...Object.fromEntries(options) },
  };
}

function schemaOf(option: Option): JsonSchema {
  const description = descriptionOf(option);
  const isSingle = option.kind === "boolean" || option.kind === "string" || option.kind === "number";
  const hasDefault = isSingle && option.initial !== null;
  return { description, ...typeOf(option), ...(hasDefault && { default: option.initial }) };
}

/** Describes the effect of `false` for a switch that is on by default. */
function descriptionOf(option: Option): string {
  const clause = helpOf(option);
  const help = option.kind === "boolean" && option.initial ? `false: ${clause}` : clause;
  return option.more === undefined ? help : `${help}. ${option.more}`;
}

function typeOf(option: Option): JsonSchema {
  switch (option.kind) {
    case "boolean":
      return { type: "boolean" };
    case "number":
      return { type: "integer", minimum: 0, maximum: option.most ?? MOST };
    case "string": {
      const { choices } = option;
      if (option.bare !== undefined) return { type: ["string", "boolean"] };
      return choices === undefined ? { type: "string" } : { enum: choices };
    }
    case "list":
      return { type: "array", items: { type: "string" } };
    case "entry":
      return STRINGS;
    case "pair":
      return {
        anyOf: [
          STRINGS,
          { type: "array", items: { type: "array", items: { type: "string" }, minItems: 2, maxItems: 2 } },
        ],
      };
  }
}

const STRINGS: JsonSchema = { type: "object", additionalProperties: { type: "string" } };
