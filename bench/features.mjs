// @ts-check
// Tests the features of file servers by requests, and prints a table: `npm run build && node bench/features.mjs [CADDY]`.
//
// Each server is tested with its defaults, and with settings: a feature that it has only then is a "setting". A server
// that is not installed has no column.
import { spawn, spawnSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, gzipSync } from "node:zlib";

/** @typedef {{ status: number, fields: Map<string, string>, body: Buffer }} Reply */
/** @typedef {"default" | "settings"} Mode */
/** @typedef {(target: string, fields?: Readonly<Record<string, string>>, method?: string) => Promise<Reply>} Ask */
/** @typedef {{ name: string, version: string, command: (mode: Mode, port: number, root: string, home: string) => readonly string[] }} Peer */

const HERE = dirname(fileURLToPath(import.meta.url));
const MAIN = join(HERE, "..", "dist", "cli", "main.js");
const TEXT = "Some text that can be made smaller.\n".repeat(2000);
const CADDY = process.argv[2] ?? "caddy";

/** Contents of coded files. They are really compressed, because some servers check this; the zstd content is not. */
const CODED = {
  gzip: gzipSync("(plain)"),
  br: brotliCompressSync("(plain)"),
  zstd: Buffer.from("(zstandard)"),
};

/** Maximum bytes of a response that are read. */
const MOST = 1024 * 1024;

/** Questions about a server. Each name describes a server that gets a yes. */
/** @type {readonly (readonly [name: string, does: (ask: Ask, root: string) => Promise<boolean>])[]} */
const FEATURES = [
  ["an `ETag`", async (ask) => (await ask("/a.txt")).fields.has("etag")],
  [
    "304 by `If-None-Match`",
    async (ask) => (await ask("/a.txt", { "If-None-Match": await tagOf(ask, "/a.txt") })).status === 304,
  ],
  [
    "304 by one tag of a list",
    async (ask) =>
      (await ask("/a.txt", { "If-None-Match": `"x", ${await tagOf(ask, "/a.txt")}` })).status === 304,
  ],
  ["412 by `If-Match`", async (ask) => (await ask("/a.txt", { "If-Match": '"x"' })).status === 412],
  [
    "304 by `If-Modified-Since`",
    async (ask) =>
      (await ask("/a.txt", { "If-Modified-Since": (await ask("/a.txt")).fields.get("last-modified") ?? "" }))
        .status === 304,
  ],
  ["no stale 304 when a file is rewritten, with its date and size", isNeverStale],
  [
    "one range",
    async (ask) => {
      const reply = await ask("/a.txt", { Range: "bytes=1-3" });
      return reply.status === 206 && reply.body.length === 3;
    },
  ],
  [
    "several ranges",
    async (ask) =>
      /^multipart\/byteranges/.test(
        (await ask("/a.txt", { Range: "bytes=0-0,9-9" })).fields.get("content-type") ?? "",
      ),
  ],
  [
    "416 with the length",
    async (ask) => {
      const reply = await ask("/a.txt", { Range: "bytes=999999-" });
      return reply.status === 416 && /^bytes \*\/\d+$/.test(reply.fields.get("content-range") ?? "");
    },
  ],
  [
    "the whole file if `If-Range` does not match",
    async (ask) =>
      (await ask("/a.txt", { Range: "bytes=0-0" })).status === 206 &&
      (await ask("/a.txt", { Range: "bytes=0-0", "If-Range": '"x"' })).status === 200,
  ],
  [
    "a range beyond 4 GiB",
    async (ask) => (await ask("/huge", { Range: "bytes=4294967299-4294967300" })).body.length === 2,
  ],
  [
    "a `.gz` beside the file",
    async (ask) => (await ask("/coded.js", { "Accept-Encoding": "gzip" })).body.equals(CODED.gzip),
  ],
  [
    "a `.br` beside the file",
    async (ask) => (await ask("/coded.js", { "Accept-Encoding": "br" })).body.equals(CODED.br),
  ],
  [
    "a `.zst` beside the file",
    async (ask) => (await ask("/coded.js", { "Accept-Encoding": "zstd" })).body.equals(CODED.zstd),
  ],
  [
    "no gzip for `gzip;q=0`",
    async (ask) => {
      const yes = await ask("/coded.js", { "Accept-Encoding": "gzip" });
      const no = await ask("/coded.js", { "Accept-Encoding": "gzip;q=0" });
      return yes.fields.get("content-encoding") === "gzip" && !no.fields.has("content-encoding");
    },
  ],
  [
    "`Vary` on the uncompressed response, too",
    async (ask) => /accept-encoding/i.test((await ask("/coded.js")).fields.get("vary") ?? ""),
  ],
  [
    "compression while a file is sent",
    async (ask) =>
      (await ask("/large.txt", { "Accept-Encoding": "gzip, br, zstd" })).fields.has("content-encoding"),
  ],
  ["`.git` is not served", async (ask) => [403, 404].includes((await ask("/.git/config")).status)],
  ["a link to the outside is not followed", async (ask) => [403, 404].includes((await ask("/out")).status)],
  ["a link inside the directory is followed", async (ask) => (await ask("/within")).status === 200],
  ["a listing", async (ask) => (await ask("/list/")).body.includes("listed.txt")],
  [
    "a listing as JSON",
    async (ask) => {
      try {
        return JSON.stringify(
          JSON.parse((await ask("/list/", { Accept: "application/json" })).body.toString()),
        ).includes("listed.txt");
      } catch {
        return false;
      }
    },
  ],
  [
    "the index for routes of an application",
    async (ask) => (await ask("/app/users/7", { Accept: "text/html" })).body.toString() === "(index)",
  ],
  [
    "404 for a missing script of that application",
    async (ask) =>
      (await ask("/app/users/7", { Accept: "text/html" })).status === 200 &&
      (await ask("/app/missing.js", { Accept: "*/*" })).status === 404,
  ],
  ["`404.html`", hasNotFoundPage],
  ["`/page` for `page.html`", async (ask) => (await ask("/page")).body.toString() === "(page)"],
  [
    "`Access-Control-Allow-Origin`",
    async (ask) =>
      (await ask("/a.txt", { Origin: "http://o.test" })).fields.has("access-control-allow-origin"),
  ],
  // The last one, because a server that opens it has one thread less afterwards.
  ["a FIFO is refused", async (ask) => [403, 404].includes((await ask("/fifo")).status)],
];

/** @param {Ask} ask @param {string} target */
async function tagOf(ask, target) {
  return (await ask(target)).fields.get("etag") ?? '"none"';
}

/** @param {Ask} ask @param {string} root */
async function isNeverStale(ask, root) {
  const path = join(root, "stale.txt");
  writeFileSync(path, "1111");
  utimesSync(path, 1e9, 1e9);
  const old = await ask("/stale.txt");
  writeFileSync(path, "2222");
  utimesSync(path, 1e9, 1e9);
  if (!old.fields.has("etag")) return false;
  const reply = await ask("/stale.txt", { "If-None-Match": old.fields.get("etag") ?? "" });
  return reply.status === 200 && reply.body.toString() === "2222";
}

/**
 * The page exists only for this test: some servers send it instead of a listing. @param {Ask} ask @param {string} root
 */
async function hasNotFoundPage(ask, root) {
  const path = join(root, "404.html");
  writeFileSync(path, "(404)");
  const { status, body } = await ask("/none.txt");
  rmSync(path);
  return status === 404 && body.toString() === "(404)";
}

/** @param {string} name */
function versionOf(name) {
  return JSON.parse(readFileSync(join(HERE, "node_modules", name, "package.json"), "utf8")).version;
}

/** @param {string} program @param {...string} argv */
function printed(program, ...argv) {
  const { stdout, stderr, status } = spawnSync(program, argv, { encoding: "utf8" });
  return status === 0 ? /\d+(?:\.\d+)+/.exec(stdout + stderr)?.[0] : undefined;
}

/** @param {string} name @param {string} [of] - the package that has its version */
function nodePeer(name, of = name) {
  return {
    name,
    version: versionOf(of),
    command: (/** @type {Mode} */ mode, /** @type {number} */ _port, /** @type {string} */ root) => [
      process.execPath,
      join(HERE, "servers", "feature-peer.mjs"),
      root,
      name,
      mode,
    ],
  };
}

const PYSERVE_SETTINGS = ["--compress", "--spa", "--clean-urls", "--cors"];

/** @returns {Peer[]} */
function peers() {
  /** @type {Peer[]} */
  const found = [
    {
      name: "pyserve",
      version: JSON.parse(readFileSync(join(HERE, "..", "package.json"), "utf8")).version,
      command: (mode, port, root) => [
        process.execPath,
        MAIN,
        String(port),
        "--bind",
        "127.0.0.1",
        "--quiet",
        "--directory",
        root,
        ...(mode === "settings" ? PYSERVE_SETTINGS : []),
      ],
    },
    nodePeer("http-server"),
    nodePeer("serve-handler"),
    nodePeer("sirv"),
    nodePeer("@fastify/static"),
  ];
  const caddy = printed(CADDY, "version");
  if (caddy !== undefined)
    found.push({
      name: "caddy",
      version: caddy,
      command: (mode, port, root, home) => [
        CADDY,
        "run",
        "--adapter",
        "caddyfile",
        "--config",
        written(home, "Caddyfile", caddyfile(mode, port, root)),
      ],
    });
  const nginx = printed("nginx", "-v");
  if (nginx !== undefined)
    found.push({
      name: "nginx",
      version: nginx,
      command: (mode, port, root, home) => [
        "nginx",
        "-p",
        home,
        "-e",
        "stderr",
        "-c",
        written(home, "nginx.conf", nginxConf(mode, port, root)),
      ],
    });
  const python = printed("python3", "--version");
  if (python !== undefined)
    found.push({
      name: "Python",
      version: python,
      command: (_mode, port, root) => [
        "python3",
        "-m",
        "http.server",
        String(port),
        "--bind",
        "127.0.0.1",
        "--directory",
        root,
      ],
    });
  return found;
}

/** @param {string} home @param {string} name @param {string} text */
function written(home, name, text) {
  writeFileSync(join(home, name), text);
  return join(home, name);
}

/** @param {Mode} mode @param {number} port @param {string} root */
function caddyfile(mode, port, root) {
  const on = `encode gzip zstd
    header Access-Control-Allow-Origin *
    handle /app/* {
      try_files {path} /index.html
      file_server
    }
    handle {
      try_files {path} {path}.html {path}/
      file_server browse {
        precompressed br zstd gzip
        hide .*
      }
    }
    handle_errors {
      rewrite * /404.html
      file_server
    }`;
  return `{\n admin off\n auto_https off\n}\nhttp://:${port} {\n bind 127.0.0.1\n root * ${root}\n ${mode === "settings" ? on : "file_server"}\n}\n`;
}

/** @param {Mode} mode @param {number} port @param {string} root */
function nginxConf(mode, port, root) {
  const on = `autoindex on; gzip_static on; gzip_vary on; gzip on; gzip_types text/plain; disable_symlinks on from=$document_root; etag on; error_page 404 /404.html;
    add_header Access-Control-Allow-Origin *;
    location ~ /\\. { deny all; }
    location / { try_files $uri $uri.html $uri/ =404; }
    location /app/ { try_files $uri /index.html; }`;
  return `daemon off; master_process off; pid nginx.pid; events {} http { access_log off; types { text/plain txt; text/html html; text/javascript js; }
    client_body_temp_path b; proxy_temp_path p; fastcgi_temp_path f; uwsgi_temp_path u; scgi_temp_path s;
    server { listen 127.0.0.1:${port}; root ${root}; ${mode === "settings" ? on : ""} } }`;
}

/** @param {string} root */
function writeSite(root) {
  /** @type {Readonly<Record<string, string | Buffer>>} */
  const files = {
    "a.txt": "0123456789",
    "large.txt": TEXT,
    "coded.js": "(plain)",
    "coded.js.gz": CODED.gzip,
    "coded.js.br": CODED.br,
    "coded.js.zst": CODED.zstd,
    "page.html": "(page)",
    "index.html": "(index)",
    "list/listed.txt": "",
    ".git/config": "(secret)",
    huge: "",
  };
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(root, name)), { recursive: true });
    writeFileSync(join(root, name), content);
    utimesSync(join(root, name), 1e9, 1e9);
  }
  truncateSync(join(root, "huge"), 5 * 1024 ** 3);
  const outside = mkdtempSync(join(tmpdir(), "pyserve-outside-"));
  writeFileSync(join(outside, "secret.txt"), "(secret)");
  symlinkSync(join(outside, "secret.txt"), join(root, "out"));
  symlinkSync("a.txt", join(root, "within"));
  spawnSync("mkfifo", [join(root, "fifo")]);
  return outside;
}

/** @returns {Promise<number>} */
function freePort() {
  return new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const { port } = /** @type {import("node:net").AddressInfo} */ (server.address());
      server.close(() => resolve(port));
    });
  });
}

/** Sends one request on its own connection. If there is no response after three seconds, the status is 0.
 * @param {number} port @returns {Ask} */
function asker(port) {
  return (target, fields = {}, method = "GET") =>
    new Promise((resolve) => {
      const socket = connect(port, "127.0.0.1");
      /** @type {Buffer[]} */
      const pieces = [];
      const lines = Object.entries({ Host: "localhost", Connection: "close", ...fields }).map(
        ([name, value]) => `${name}: ${value}\r\n`,
      );
      socket.write(`${method} ${target} HTTP/1.1\r\n${lines.join("")}\r\n`);
      socket.setTimeout(3000, () => socket.destroy());
      let left = MOST;
      socket.on("data", (piece) => {
        pieces.push(piece);
        left -= piece.length;
        if (left < 0) socket.destroy(); // the whole file of 5 GiB, although a part was requested
      });
      socket.on("error", () => {});
      socket.on("close", () => resolve(replyOf(Buffer.concat(pieces))));
    });
}

/** @param {Buffer} bytes @returns {Reply} */
function replyOf(bytes) {
  const end = bytes.indexOf("\r\n\r\n");
  if (end === -1) return { status: 0, fields: new Map(), body: bytes };
  const [line = "", ...lines] = bytes.toString("latin1", 0, end).split("\r\n");
  const fields = new Map(
    lines.map(
      (each) =>
        /** @type {const} */ ([
          each.slice(0, each.indexOf(":")).toLowerCase(),
          each.slice(each.indexOf(":") + 1).trim(),
        ]),
    ),
  );
  const body = bytes.subarray(end + 4);
  return {
    status: Number(line.split(" ")[1]),
    fields,
    body: fields.get("transfer-encoding") === "chunked" ? dechunked(body) : body,
  };
}

/** @param {Buffer} bytes */
function dechunked(bytes) {
  /** @type {Buffer[]} */
  const chunks = [];
  for (let at = 0; ; ) {
    const line = bytes.indexOf("\r\n", at);
    const length = line === -1 ? 0 : Number.parseInt(bytes.toString("latin1", at, line), 16);
    if (!(length > 0)) return Buffer.concat(chunks);
    chunks.push(bytes.subarray(line + 2, line + 2 + length));
    at = line + 4 + length;
  }
}

/** Starts a peer, tests it, and ends it.
 * @param {Peer} peer @param {Mode} mode @param {string} root @returns {Promise<boolean[]>} */
async function askAll(peer, mode, root) {
  const home = mkdtempSync(join(tmpdir(), "pyserve-features-"));
  const port = await freePort();
  const [program = "", ...argv] = peer.command(mode, port, root, home);
  const child = spawn(program, argv, {
    stdio: ["pipe", "pipe", "pipe"],
    cwd: home,
    env: { ...process.env, HOME: home },
  });
  let errors = "";
  child.stderr.on("data", (piece) => {
    errors += piece;
  });
  try {
    const ask = asker(await portOf(child, port));
    /** @type {boolean[]} */
    const answers = [];
    for (const [, does] of FEATURES) answers.push(await does(ask, root).catch(() => false));
    return answers;
  } catch (error) {
    throw new Error(`${peer.name}, ${mode}: ${errors}`, { cause: error });
  } finally {
    if (child.exitCode === null) {
      const ended = new Promise((resolve) => child.once("exit", resolve));
      child.kill("SIGKILL");
      await ended;
    }
    rmSync(home, { recursive: true, force: true });
  }
}

/** Returns the port at which a peer listens: the announced one, or the given one.
 * @param {import("node:child_process").ChildProcessWithoutNullStreams} child @param {number} given */
async function portOf(child, given) {
  let output = "";
  child.stdout.on("data", (/** @type {Buffer} */ piece) => {
    output += piece;
  });
  for (let tries = 0; tries < 400 && child.exitCode === null; tries++) {
    const announced = Number(/^\{"port":(\d+)/m.exec(output)?.[1] ?? given);
    const isOpen = await new Promise((resolve) => {
      const socket = connect(announced, "127.0.0.1", () => {
        socket.destroy();
        resolve(true);
      }).once("error", () => resolve(false));
    });
    if (isOpen) return announced;
    await sleep(25);
  }
  throw new Error("it does not listen");
}

const root = mkdtempSync(join(tmpdir(), "pyserve-site-"));
const outside = writeSite(root);
/** @type {{ peer: Peer, byDefault: boolean[], bySetting: boolean[] }[]} */
const columns = [];
for (const peer of peers()) {
  if (!existsSync(MAIN)) throw new Error("npm run build comes first");
  console.error(peer.name);
  columns.push({
    peer,
    byDefault: await askAll(peer, "default", root),
    bySetting: await askAll(peer, "settings", root),
  });
}
rmSync(root, { recursive: true, force: true });
rmSync(outside, { recursive: true, force: true });

console.log(`| | ${columns.map(({ peer }) => `${peer.name} ${peer.version}`).join(" | ")} |`);
console.log(`| --- | ${columns.map(() => "---").join(" | ")} |`);
for (const [at, [name]] of FEATURES.entries()) {
  const cells = columns.map(({ byDefault, bySetting }) =>
    byDefault[at] ? "yes" : bySetting[at] ? "setting" : "no",
  );
  console.log(`| ${name} | ${cells.join(" | ")} |`);
}
