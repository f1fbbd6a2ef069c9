/**
 * Media types by file name. Only this file uses `mime-types`.
 *
 * @module
 */

import { types } from "mime-types";

// XML and SVG are missing on purpose: a document declares its encoding, or is UTF-8, and a charset in the field would
// override this (RFC 7303 §3). HTML and plain text have no such default. JSON is always UTF-8 (RFC 8259 §8.1).
const IS_TEXT =
  /^(?:text\/.*|application\/(?:javascript|ecmascript|node|json|json5|manifest\+json)|[^/]+\/[^/]+\+json)$/;

/**
 * Types that `mime-types` lacks, or for which browsers need another one. Each row has its reason.
 *
 * Text without a registered type is `text/plain`: every browser shows it, while some download `text/x-python` or
 * `application/x-ndjson`. Binary formats are here only with a registered type.
 */
export const ADDED_TYPES: readonly (readonly [suffixes: string, type: string, reason: string])[] = [
  ["ndjson jsonl geojsonl", "text/plain", "a JSON text on each line; no type is registered"],
  ["topojson", "application/json", "JSON by its specification, without a type of its own"],
  ["rs", "text/plain", "Rust; mime-types has RLS services, of RFC 4662"],
  [
    "bash bat cfg clj cmake cs cu cue diff erl ex exs fish fs go gradle graphqls groovy hcl hs jl kt kts lock ml nim nix patch prisma properties proto ps1 py pyi pyx r rake rb rkt scala sc sol sv svelte swift tf tsx v vala vhdl vue zig zsh",
    "text/plain",
    "source code and settings; no type is registered",
  ],
  ["adoc asciidoc bib rst", "text/plain", "text with markup; no type is registered"],
  [
    "fa fai faa fasta fastq ffn fna fq frn gff gff3 gtf sam",
    "text/plain",
    "biological text formats; no type is registered",
  ],
  ["ass ssa", "text/plain", "subtitles; no type is registered"],
  ["ply", "text/plain", "a mesh with a head of text; most are text, and no type is registered"],
  ["graphql gql", "application/graphql", "the draft of GraphQL over HTTP, and Node's ecosystem"],
  ["jfif", "image/jpeg", "JFIF is JPEG; image/pjpeg is registered nowhere"],
  ["zst tzst", "application/zstd", "RFC 8878"],
  ["parquet", "application/vnd.apache.parquet", "registered with IANA"],
  ["arrow feather", "application/vnd.apache.arrow.file", "registered with IANA"],
  ["arrows", "application/vnd.apache.arrow.stream", "registered with IANA"],
  ["sqlite sqlite3", "application/vnd.sqlite3", "registered with IANA"],
  ["pmtiles", "application/vnd.pmtiles", "the type of its specification"],
  ["fgb", "application/vnd.flatgeobuf", "registered with IANA"],
  ["whl", "application/zip", "a wheel is a zip archive, by its specification"],
];

const ADDED: ReadonlyMap<string, string> = new Map(
  ADDED_TYPES.flatMap(([suffixes, type]) => suffixes.split(" ").map((suffix) => [suffix, type] as const)),
);

/** Cached content types by suffix. A repeated suffix costs one look-up. */
const contentTypes = new Map<string, string>();

/**
 * Returns the value of `Content-Type` for files with the given suffix.
 *
 * Text, JavaScript and JSON come with `; charset=utf-8`. Unlike with Python's `mimetypes`, the result is the same on
 * every machine: system tables are not used.
 *
 * @param suffix - suffix with its dot, in upper or lower case; `""` if the file has none
 * @returns `undefined` if it is unknown
 * @example
 * mediaTypeOf(".HTML"); // "text/html; charset=utf-8"
 */
export function mediaTypeOf(suffix: string): string | undefined {
  return contentTypes.get(suffix) ?? find(suffix) ?? find(suffix.toLowerCase());
}

function find(suffix: string): string | undefined {
  const name = suffix.slice(1);
  const type = ADDED.get(name) ?? (Object.hasOwn(types, name) ? types[name] : undefined);
  if (type !== undefined) contentTypes.set(suffix, withCharset(type));
  return contentTypes.get(suffix);
}

/**
 * Splits a path before its last suffix. Python's `posixpath.splitext`: dots at the start of the last component belong
 * to the name, so `.bashrc` has no suffix.
 *
 * @returns two parts that together are `path`; the second is `""` or begins with a dot
 * @example
 * splitExtension("/a.b/c.tar.gz"); // ["/a.b/c.tar", ".gz"]
 */
export function splitExtension(path: string): [root: string, extension: string] {
  const dot = path.lastIndexOf(".");
  let start = path.lastIndexOf("/") + 1;
  while (path.charCodeAt(start) === 0x2e) start += 1;
  return dot > start ? [path.slice(0, dot), path.slice(dot)] : [path, ""];
}

function withCharset(type: string): string {
  return IS_TEXT.test(type) ? `${type}; charset=utf-8` : type;
}
