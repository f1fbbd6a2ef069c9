import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import * as fs from "node:fs";
import test from "node:test";
import { isCompressible } from "#src/files/coded-variant.js";
import { ADDED_TYPES, mediaTypeOf } from "#src/files/media-type.js";
import { DIFFERENT_TYPES, GO_TYPES } from "./media-type-differences.js";

const bare = (type: string | undefined) => type?.split(";")[0];

/** Python's own table, without what the machine adds. */
function pythonTypes(): Readonly<Record<string, string>> {
  const code = "import json, mimetypes; print(json.dumps(mimetypes.MimeTypes(()).types_map[True]))";
  const { stdout } = spawnSync("python3", ["-I", "-c", code], { encoding: "utf8" });
  return JSON.parse(stdout || "{}");
}

/** The types of `mime.types`, as nginx ships it. */
function nginxTypes(): Readonly<Record<string, string>> {
  const file = "/etc/nginx/mime.types";
  if (!fs.existsSync(file)) return {};
  const rows = fs.readFileSync(file, "utf8").matchAll(/^\s+([\w.+-]+\/[\w.+-]+)\s+([^;{]+);/gm);
  return Object.fromEntries(
    [...rows].flatMap(([, type = "", suffixes = ""]) =>
      suffixes
        .trim()
        .split(/\s+/)
        .map((suffix) => [`.${suffix}`, type] as const),
    ),
  );
}

const tables = { Python: pythonTypes(), nginx: nginxTypes(), "Go and Caddy": GO_TYPES };
for (const [whose, table] of Object.entries(tables)) {
  test(`\`mediaTypeOf\` agrees with ${whose} about every suffix, or the row is listed with a reason`, () => {
    const different: string[] = [];
    for (const [suffix, type] of Object.entries(table)) {
      const ours = bare(mediaTypeOf(suffix));
      if (ours === type) continue;
      if (DIFFERENT_TYPES.get(suffix)?.[0] !== ours) different.push(`${suffix} ${ours} ${type}`);
    }
    assert.deepEqual(different, []);
  });
}

test("every row of differences is needed", () => {
  const known = Object.values(tables);
  if (known.some((table) => Object.keys(table).length === 0)) return;
  for (const [suffix, [ours]] of DIFFERENT_TYPES)
    assert.ok(
      known.some((table) => table[suffix] !== undefined && table[suffix] !== ours),
      suffix,
    );
});

for (const [suffixes, type, reason] of ADDED_TYPES) {
  test(`\`mediaTypeOf\` has ${type} for ${suffixes}: ${reason}`, () => {
    for (const suffix of suffixes.split(" ")) assert.equal(bare(mediaTypeOf(`.${suffix}`)), type);
  });
}

for (const suffix of ".ndjson .jsonl .geojsonl .topojson .py .proto .tsx .vue .fa .gff .m3u8 .srt .obj .nt .nq .tex .svg .wasm .json .csv".split(
  " ",
)) {
  test(`files of the suffix ${suffix} are worth compressing`, () => {
    assert.equal(isCompressible(mediaTypeOf(suffix) ?? ""), true);
  });
}

for (const suffix of ".parquet .pmtiles .fgb .arrow .sqlite .zst .zip .png .woff2 .mp4 .pdf .tif".split(
  " ",
)) {
  test(`files of the suffix ${suffix} are sent as they are`, () => {
    assert.equal(isCompressible(mediaTypeOf(suffix) ?? ""), false);
  });
}
