/** Formats that libraries read by ranges. Each row creates a small file, and reads a part of it from a server. */

import * as fs from "node:fs";
import { dirname, join } from "node:path";
import {
  HttpRangeReader,
  TextWriter,
  Uint8ArrayReader,
  Uint8ArrayWriter,
  ZipReader,
  ZipWriter,
} from "@zip.js/zip.js";
import * as geojson from "flatgeobuf/lib/mjs/geojson.js";
import { fromUrl, writeArrayBuffer } from "geotiff";
import { asyncBufferFromUrl, parquetReadObjects } from "hyparquet";
import { parquetWriteBuffer } from "hyparquet-writer";
import { ALL_FORMATS, Input, UrlSource } from "mediabunny";
import { getDocument, VerbosityLevel } from "pdfjs-dist/legacy/build/pdf.mjs";
import { PMTiles } from "pmtiles";
import { HTTPRangeReader, unzip } from "unzipit";
import * as zarr from "zarrita";

const text = new TextDecoder();

/** Bytes that don't repeat, so that a wrong range has wrong content. */
const bytes = (length) => Uint8Array.from({ length }, (_, at) => (at * at + (at >> 8)) & 0xff);

/** A stored (not compressed) zip archive, with one large and one small member. */
async function zip() {
  const writer = new ZipWriter(new Uint8ArrayWriter(), { level: 0 });
  await writer.add("large.bin", new Uint8ArrayReader(bytes(300_000)));
  await writer.add("small.txt", new Uint8ArrayReader(new TextEncoder().encode("small")));
  return writer.close();
}

/** A PMTiles archive, version 3, of one tile (0/0/0) behind its header, root directory and metadata. */
function pmtiles() {
  const directory = Buffer.from([1, 0, 1, 4, 1]); // one entry: tile 0, run of 1, 4 bytes long, at offset 0
  const metadata = Buffer.from('{"name":"test"}');
  const header = Buffer.alloc(127);
  const tiles = 20_000;
  header.write("PMTiles\x03", "latin1");
  const numbers = [
    [127, directory.length],
    [132, metadata.length],
    [0, 0],
    [tiles, 4],
    [1, 1],
  ].flat();
  for (const [at, value] of [...numbers, 1].entries()) header.writeBigUInt64LE(BigInt(value), 8 + at * 8);
  header.set([1, 1, 1, 1, 0, 0], 96); // clustered; nothing is compressed; vector tiles; zoom 0 to 0
  const archive = Buffer.alloc(tiles + 4);
  Buffer.concat([header, directory, metadata]).copy(archive);
  archive.write("tile", tiles);
  return archive;
}

/** A PDF document of one page, with an object of 300,000 bytes that no page needs. */
function pdf() {
  const content = "BT /F 12 Tf 10 50 Td (Hello ranges) Tj ET";
  const unused = Buffer.alloc(300_000, "x").toString();
  const objects = [
    "<</Type/Catalog/Pages 2 0 R>>",
    "<</Type/Pages/Kids[3 0 R]/Count 1>>",
    "<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 100]/Contents 4 0 R/Resources<</Font<</F 5 0 R>>>>>>",
    `<</Length ${content.length}>>stream\n${content}\nendstream`,
    "<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    `<</Length ${unused.length}>>stream\n${unused}\nendstream`,
  ];
  let document = "%PDF-1.4\n";
  let table = "0000000000 65535 f \n";
  for (const [at, object] of objects.entries()) {
    table += `${String(document.length).padStart(10, "0")} 00000 n \n`;
    document += `${at + 1} 0 obj\n${object}\nendobj\n`;
  }
  const count = objects.length + 1;
  return `${document}xref\n0 ${count}\n${table}trailer<</Size ${count}/Root 1 0 R>>\nstartxref\n${document.length}\n%%EOF\n`;
}

/** One second of noise: 16 bits, mono, 8000 samples per second. */
function wav() {
  const samples = bytes(16_000);
  const header = Buffer.alloc(44);
  header.write("RIFF");
  header.writeUInt32LE(36 + samples.length, 4);
  header.write("WAVEfmt ", 8);
  header.writeUInt32LE(16, 16);
  header.writeUInt16LE(1, 20);
  header.writeUInt16LE(1, 22);
  header.writeUInt32LE(8000, 24);
  header.writeUInt32LE(16_000, 28);
  header.writeUInt16LE(2, 32);
  header.writeUInt16LE(16, 34);
  header.write("data", 36);
  header.writeUInt32LE(samples.length, 40);
  return Buffer.concat([header, samples]);
}

/** A store of zarrita's that writes into a directory. */
const directoryStore = (directory) => ({
  get: async () => undefined,
  set: async (key, value) => {
    fs.mkdirSync(dirname(join(directory, key)), { recursive: true });
    fs.writeFileSync(join(directory, key), value);
  },
});

const places = {
  type: "FeatureCollection",
  features: ["Basel", "Bern", "Chur"].map((name, at) => ({
    type: "Feature",
    geometry: { type: "Point", coordinates: [at, at] },
    properties: { name },
  })),
};

/**
 * The rows. `make` returns the content of the file `name`, or writes a directory at the given path. `read` returns the
 * part that it has read from the address. `ranges` is true if the library asks for ranges.
 */
export const formats = [
  {
    library: "pmtiles",
    name: "map.pmtiles",
    ranges: true,
    make: pmtiles,
    read: async (url) => text.decode((await new PMTiles(url).getZxy(0, 0, 0)).data),
    expected: "tile",
  },
  {
    library: "geotiff",
    name: "image.tif",
    ranges: true,
    make: () =>
      Buffer.from(
        writeArrayBuffer(
          Float32Array.from({ length: 10_000 }, (_, at) => at),
          { width: 100, height: 100 },
        ),
      ),
    read: async (url) => {
      const image = await (await fromUrl(url)).getImage();
      const [values] = await image.readRasters({ window: [10, 20, 13, 21] });
      return Array.from(values);
    },
    expected: [2010, 2011, 2012],
  },
  {
    library: "hyparquet",
    name: "table.parquet",
    ranges: true,
    make: () =>
      Buffer.from(
        parquetWriteBuffer({
          columnData: [
            { name: "id", data: Array.from({ length: 5000 }, (_, at) => at), type: "INT32" },
            { name: "name", data: Array.from({ length: 5000 }, (_, at) => `name ${at}`), type: "STRING" },
          ],
          rowGroupSize: 1000,
        }),
      ),
    read: async (url) =>
      parquetReadObjects({ file: await asyncBufferFromUrl({ url }), rowStart: 4000, rowEnd: 4002 }),
    expected: [
      { id: 4000, name: "name 4000" },
      { id: 4001, name: "name 4001" },
    ],
  },
  {
    library: "zarrita",
    name: "array.zarr",
    ranges: false,
    make: async (directory) => {
      const array = await zarr.create(zarr.root(directoryStore(directory)), {
        shape: [10, 10],
        chunkShape: [5, 5],
        dtype: "int32",
      });
      const data = Int32Array.from({ length: 100 }, (_, at) => at);
      await zarr.set(array, null, { data, shape: [10, 10], stride: [10, 1] });
    },
    read: async (url) => {
      const array = await zarr.open.v3(new zarr.FetchStore(url), { kind: "array" });
      return Array.from((await zarr.get(array, [7, zarr.slice(4, 7)])).data);
    },
    expected: [74, 75, 76],
  },
  {
    library: "@zip.js/zip.js",
    name: "archive.zip",
    ranges: true,
    make: zip,
    read: async (url) => {
      const reader = new ZipReader(new HttpRangeReader(url));
      const entry = (await reader.getEntries()).find(({ filename }) => filename === "small.txt");
      const content = await entry.getData(new TextWriter());
      await reader.close();
      return content;
    },
    expected: "small",
  },
  {
    library: "unzipit",
    name: "archive.zip",
    ranges: true,
    make: zip,
    read: async (url) => (await unzip(new HTTPRangeReader(url))).entries["small.txt"].text(),
    expected: "small",
  },
  {
    library: "flatgeobuf",
    name: "places.fgb",
    // The library writes no index. Without one it reads a stream.
    ranges: false,
    make: () => geojson.serialize(places),
    read: async (url) => {
      const names = [];
      const { body } = await fetch(url);
      for await (const feature of geojson.deserialize(body)) names.push(feature.properties.name);
      return names.sort();
    },
    expected: ["Basel", "Bern", "Chur"],
  },
  {
    library: "pdfjs-dist",
    name: "document.pdf",
    ranges: true,
    make: pdf,
    read: async (url) => {
      const options = { disableAutoFetch: true, disableStream: true, verbosity: VerbosityLevel.ERRORS };
      const loading = getDocument({ url, ...options });
      const page = await (await loading.promise).getPage(1);
      const { items } = await page.getTextContent();
      await loading.destroy();
      return items.map(({ str }) => str).join("");
    },
    expected: "Hello ranges",
  },
  {
    library: "mediabunny",
    name: "sound.wav",
    ranges: true,
    make: wav,
    read: async (url) => {
      const input = new Input({ source: new UrlSource(url), formats: ALL_FORMATS });
      const track = await input.getPrimaryAudioTrack();
      return [await input.computeDuration(), track.sampleRate];
    },
    expected: [1, 8000],
  },
];
