import { types } from "mime-types";

/** The source file with the types of the package `mime-types`, as it should be now. */
export function registeredTypes(): string {
  const byType = new Map<string, string[]>();
  for (const [suffix, type] of Object.entries(types)) byType.set(type, [...(byType.get(type) ?? []), suffix]);
  const lines = [...byType].map(([type, suffixes]) => [type, ...suffixes.sort()].join(" ")).sort();
  return `/**
 * Media types and their suffixes, from the packages mime-types and mime-db: made by \`npm run reference\`.
 *
 * It is one text, which costs nothing before the first file is served. The packages took a tenth of the start of the command.
 *
 * @license MIT. Copyright (c) 2014 Jonathan Ong, (c) 2015-2022 Douglas Christopher Wilson
 * @module
 */

export const REGISTERED_TYPES: string = \`
${lines.join("\n")}
\`;
`;
}
