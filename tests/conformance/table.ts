import { connection } from "./connection.js";
import { framing } from "./framing.js";
import { messageSyntax } from "./message-syntax.js";
import type { ConformanceRow } from "./row.js";

/** All rows, by subject. */
export const CONFORMANCE: Readonly<Record<string, readonly ConformanceRow[]>> = {
  "Reading a request": messageSyntax,
  "The content of a request": framing,
  "The connection and the responses": connection,
};
