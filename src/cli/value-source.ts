import type { Option } from "./option.js";

/** Where the values of an option come from. */
export type ValueSource =
  | { readonly kind: "none" | "file" | "directory" | "text" }
  | { readonly kind: "words"; readonly words: readonly string[] };

/** Returns the source of an option's possible values. */
export function valueSourceOf(option: Option): ValueSource {
  if (option.kind === "boolean") return { kind: "none" };
  // Only after `=`: the next word is not its value.
  if ("bare" in option && option.bare !== undefined) return { kind: "none" };
  if ("choices" in option && option.choices !== undefined) return { kind: "words", words: option.choices };
  if ("path" in option && option.path !== undefined) return { kind: option.path };
  return { kind: "text" };
}
