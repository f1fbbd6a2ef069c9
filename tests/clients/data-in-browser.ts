/** The same libraries, and media elements, in Chromium: a page of one origin reads the data of another one. */

import assert from "node:assert/strict";
import * as fs from "node:fs";
import { join } from "node:path";
import test, { after, type TestContext } from "node:test";
import { build, type Plugin } from "esbuild";
import type { Page } from "playwright-core";
import { closeBrowser, openPage, startBrowser, withoutChromium } from "../support/browser.js";
import { handlerWith, serveFiles, temporaryDirectory, temporaryTree } from "../support/file-server.js";
import { until } from "../support/servers.js";
import { directoryWith, formats, LIBRARIES } from "./formats.js";

/** It needs its worker as a separate file. */
const NOT_BUNDLED = "pdfjs-dist";

const skip = withoutChromium;

after(closeBrowser);

/** Node creates the files, because a page has no libraries for this. */
const withoutNode: Plugin = {
  name: "without-node",
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^(?:node:|pdfjs-dist)/ }, ({ path }) => ({ path, namespace: "absent" }));
    onLoad({ filter: /./, namespace: "absent" }, () => ({ contents: "" }));
  },
};

let bundled: Promise<string> | undefined;

/** The rows of `formats.mjs` as a script, which leaves them in `rows.formats`. */
function rows(): Promise<string> {
  bundled ??= build({
    entryPoints: [join(LIBRARIES, "formats.mjs")],
    bundle: true,
    write: false,
    format: "iife",
    globalName: "rows",
    target: "chrome120",
    logLevel: "silent",
    plugins: [withoutNode],
  }).then(({ outputFiles }) => outputFiles[0]?.text ?? "");
  return bundled;
}

interface Opened {
  readonly page: Page;
  /** The origin of the data, which differs from the page's. */
  readonly origin: string;
  readonly statuses: number[];
  readonly complaints: string[];
}

/** A page of one server, and another server with data that allows this page's origin, or none. */
async function open(t: TestContext, directory: string, isAllowed: boolean): Promise<Opened> {
  const [host, port] = serveFiles(t, { directory: temporaryTree(t, { "index.html": "<!doctype html><p>" }) });
  const home = `http://${host}:${port}`;
  const Data = handlerWith(isAllowed ? { cors: home } : {});
  const [dataHost, dataPort] = serveFiles(t, { directory }, Data);
  const { page, complaints } = await openPage(t, await startBrowser(), `${home}/`);
  const statuses: number[] = [];
  page.on("response", (response) => void statuses.push(response.status()));
  return { page, origin: `http://${dataHost}:${dataPort}`, statuses, complaints };
}

/** It failed only because permission was missing. */
async function assertRefused(complaints: readonly string[]): Promise<void> {
  await until(() => complaints.some((text) => text.includes("blocked by CORS policy")), "the complaint");
}

for (const format of formats) {
  const { library, name, ranges, expected } = format;
  if (library === NOT_BUNDLED) continue;
  for (const isAllowed of [true, false]) {
    const what = isAllowed ? `reads ${name}` : `can't read ${name} without cors`;
    test(`${library} in Chromium, from another origin: ${what}`, { skip }, async (t) => {
      const directory = await directoryWith(t, format);
      const { page, origin, statuses, complaints } = await open(t, directory, isAllowed);
      await page.addScriptTag({ content: await rows() });
      const script = `rows.formats.find(({ library }) => library === ${JSON.stringify(library)}).read("${origin}/${name}")`;
      if (isAllowed) {
        assert.deepEqual(await page.evaluate(script), expected);
        if (ranges) await until(() => statuses.includes(206), "a part");
        else assert.ok(!statuses.includes(206), `statuses: ${statuses}`);
      } else {
        assert.equal(await page.evaluate("rows.formats.length"), formats.length);
        await assert.rejects(page.evaluate(script));
        await assertRefused(complaints);
      }
    });
  }
}

/** Records a canvas for a second, because there is no other video encoder. */
const RECORD = `new Promise((resolve) => {
  const canvas = document.createElement("canvas");
  const context = canvas.getContext("2d");
  const recorder = new MediaRecorder(canvas.captureStream(25), { mimeType: "video/webm;codecs=vp8" });
  const pieces = [];
  recorder.ondataavailable = ({ data }) => pieces.push(data);
  recorder.onstop = () => {
    const reader = new FileReader();
    reader.onload = () => resolve(reader.result.split(",")[1]);
    reader.readAsDataURL(new Blob(pieces));
  };
  recorder.start();
  let frames = 0;
  const timer = setInterval(() => {
    context.fillStyle = frames % 2 ? "red" : "blue";
    context.fillRect(0, 0, 300, 150);
    if (++frames < 25) return;
    clearInterval(timer);
    recorder.stop();
  }, 40);
})`;

/** Plays an address to its end, and returns the length in seconds. */
const play = (element: string, url: string) => `new Promise((resolve, reject) => {
  const media = document.body.appendChild(document.createElement("${element}"));
  media.crossOrigin = "anonymous";
  media.muted = true;
  media.onerror = () => reject(new Error(media.error.message));
  media.onended = () => resolve(media.currentTime);
  media.src = "${url}";
  media.play().catch(reject);
})`;

const MEDIA: readonly (readonly [
  name: string,
  element: string,
  make: (t: TestContext) => Promise<Uint8Array>,
])[] = [
  [
    "sound.wav",
    "audio",
    async () => (await formats.find(({ name }) => name === "sound.wav")?.make("")) as Buffer,
  ],
  [
    "video.webm",
    "video",
    async (t) => {
      const { page } = await open(t, temporaryDirectory(t), false);
      return Buffer.from((await page.evaluate(RECORD)) as string, "base64");
    },
  ],
];

for (const [name, element, make] of MEDIA) {
  for (const isAllowed of [true, false]) {
    const what = isAllowed ? "plays from another origin, by ranges" : "does not play without cors";
    test(`${name} in Chromium: ${what}`, { skip }, async (t) => {
      const directory = temporaryDirectory(t);
      fs.writeFileSync(join(directory, name), await make(t));
      const { page, origin, statuses, complaints } = await open(t, directory, isAllowed);
      const playing = page.evaluate(play(element, `${origin}/${name}`));
      if (isAllowed) {
        assert.ok(((await playing) as number) > 0.5);
        await until(() => statuses.includes(206), "a part");
      } else {
        await assert.rejects(playing);
        await assertRefused(complaints);
      }
    });
  }
}
