import assert from "node:assert/strict";
import { once } from "node:events";
import * as fs from "node:fs";
import { type IncomingMessage, request } from "node:http";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import { type TestContext, test } from "node:test";
import { SimpleHTTPRequestHandler, ThreadingHTTPServer } from "pyserve";
import { temporaryDirectory } from "../support/file-server.js";
import { freePort, freePorts, type Program, startProgram, without } from "../support/programs.js";
import { nginx } from "../support/proxies.js";
import { serve } from "../support/servers.js";
import { pageAt } from "./pages.js";

const PAGE = pageAt("docs/how-to/put-a-cache-in-front.md");
const MODULES = "/usr/lib/apache2/modules";

/** A cache, and the way to run it with the configuration of the page. */
interface Cache {
  /** The configuration's block in the page. */
  readonly block: readonly [language: string, text: string];
  readonly program: (config: string, port: number) => Program;
  /** The effect of `no-cache`. */
  readonly noCache: "stores" | "passes";
  /** Its response to two ranges. */
  readonly severalRanges: 200 | 206;
  /** The request to pyserve for the first range of an unknown file. */
  readonly firstRange: "whole" | "range" | "slices";
}

const CACHES: Readonly<Record<string, Cache>> = {
  nginx: {
    block: ["nginx", ""],
    program: nginx,
    noCache: "passes",
    severalRanges: 206,
    firstRange: "slices",
  },
  varnishd: {
    block: ["text", "vcl 4.1;"],
    program: (config, port) => ({
      command: "varnishd",
      args: ["-F", "-n", "$FOLDER/state", "-a", `127.0.0.1:${port}`, "-f", "$FOLDER/site.vcl", "-j", "none"],
      files: { "site.vcl": config },
      port,
    }),
    noCache: "stores",
    severalRanges: 200,
    firstRange: "whole",
  },
  squid: {
    block: ["text", "accel defaultsite"],
    program: (config, port) => ({
      command: "squid",
      args: ["-N", "-f", "site.conf"],
      files: {
        "site.conf": `${config.replace("cache_mem 1 GB", "cache_mem 20 MB")}
pid_filename none
access_log none
cache_log $FOLDER/cache.log
coredump_dir $FOLDER
pinger_enable off
`,
      },
      port,
    }),
    noCache: "stores",
    severalRanges: 206,
    firstRange: "whole",
  },
  apache2: {
    block: ["apache", ""],
    program: (config, port) => ({
      command: "apache2",
      args: ["-X", "-f", "$FOLDER/site.conf"],
      files: {
        "site.conf": `ServerName example.org
ServerRoot $FOLDER
PidFile $FOLDER/apache.pid
DefaultRuntimeDir $FOLDER
Mutex default:$FOLDER
ErrorLog $FOLDER/error.log
User www-data
Group www-data
${["mpm_event", "authz_core", "cache", "cache_disk", "headers", "proxy", "proxy_http"]
  .map((name) => `LoadModule ${name}_module ${MODULES}/mod_${name}.so`)
  .join("\n")}
${config}`,
      },
      port,
    }),
    noCache: "stores",
    severalRanges: 206,
    firstRange: "range",
  },
};

/** A request that has reached pyserve. */
interface Seen {
  readonly status: number;
  readonly path: string;
  readonly range: string | null;
  readonly client: string;
}

const LARGE = Buffer.alloc(3_500_000, "pyserve ");
const OLD = new Date("2026-01-01T00:00:00Z");

/** Files behind a cache, and the requests for them. */
class Site {
  readonly seen: Seen[] = [];
  readonly #directory: string;

  constructor(t: TestContext, port: number, settings: object) {
    this.#directory = temporaryDirectory(t);
    fs.mkdirSync(join(this.#directory, "releases"));
    this.write("page.txt", "first");
    this.write("releases/large.bin", LARGE);
    const { seen } = this;
    class Files extends SimpleHTTPRequestHandler {
      override log_request(code: number | string = "-"): void {
        seen.push({
          status: Number(code),
          path: this.path,
          range: this.headers.get("Range"),
          client: `${this.client_address[0]} ${this.scheme}`,
        });
      }
    }
    const server = new ThreadingHTTPServer(["127.0.0.1", port], Object.assign(Files, settings), {
      handler_args: { directory: this.#directory },
    });
    serve(t, Object.assign(server, { trusted_proxies: ["127.0.0.1"] }));
  }

  write(name: string, content: string | Buffer): void {
    const path = join(this.#directory, name);
    fs.writeFileSync(path, content);
    fs.utimesSync(path, OLD, OLD);
  }

  /** Statuses of the responses since the last call. */
  statuses(): number[] {
    return this.seen.splice(0).map(({ status }) => status);
  }
}

interface Reply {
  readonly status: number | undefined;
  readonly content: Buffer;
  readonly headers: IncomingMessage["headers"];
}

/** Sends a request from an address other than the cache's. */
async function ask(port: number, path: string, fields = {}): Promise<Reply> {
  const headers = { Host: "example.org", ...fields };
  const client = request({ host: "127.0.0.1", port, path, localAddress: "127.0.0.2", headers, agent: false });
  const [response] = (await once(client.end(), "response")) as [IncomingMessage];
  return { status: response.statusCode, content: await buffer(response), headers: response.headers };
}

/** Repeats a request until a condition is true, for half a minute at most. */
async function askUntil(
  port: number,
  path: string,
  isDone: (reply: Reply) => boolean,
  fields = {},
): Promise<void> {
  const end = performance.now() + 30_000;
  while (!isDone(await ask(port, path, fields)))
    if (performance.now() > end) throw new Error(`The cache goes on to answer ${path} as before.`);
}

/** Starts pyserve, and a cache in front of it with a configuration of the page. */
async function cached(t: TestContext, cache: Cache, settings: object): Promise<readonly [Site, number]> {
  const [own = 0, port = 0] = await freePorts(2);
  const site = new Site(t, own, settings);
  const config = blockOf(...cache.block)
    .replaceAll("8000", String(own))
    .replaceAll("8080", String(port))
    .replace(/\/var\/cache\/\w+/g, "$FOLDER");
  await startProgram(t, cache.program(config, port));
  return [site, port];
}

function blockOf(language: string, text: string): string {
  const block = PAGE.blocks.find((one) => one.language === language && one.text.includes(text));
  assert.ok(block, `the page has a block of ${language}`);
  return block.text;
}

for (const [name, cache] of Object.entries(CACHES)) {
  const skip = without(name);

  test(`${name} stores files with --shared-cache, and serves them without asking`, {
    skip,
  }, async (t) => {
    const [site, port] = await cached(t, cache, { shared_cache_seconds: 3600 });
    const first = await ask(port, "/page.txt");
    assert.equal(first.content.toString(), "first");
    for (let count = 0; count < 3; count++) assert.equal((await ask(port, "/page.txt")).status, 200);
    const fields = { "If-None-Match": first.headers.etag };
    assert.equal((await ask(port, "/page.txt", fields)).status, 304);
    const part = await ask(port, "/page.txt", { Range: "bytes=1-2" });
    assert.deepEqual([part.status, part.content.toString()], [206, "ir"]);
    assert.deepEqual(site.statuses(), [200]);
    assert.equal((await ask(port, "/page.txt", { Range: "bytes=0-0,2-2" })).status, cache.severalRanges);
    assert.deepEqual(site.statuses(), []);
  });

  test(`${name} asks with validators after this time, and then has the new file`, {
    skip,
  }, async (t) => {
    const [site, port] = await cached(t, cache, { shared_cache_seconds: 1 });
    assert.equal((await ask(port, "/page.txt")).content.toString(), "first");
    await askUntil(port, "/page.txt", ({ content }) => {
      assert.equal(content.toString(), "first");
      return site.seen.some(({ status }) => status === 304);
    });
    site.write("page.txt", "second");
    await askUntil(port, "/page.txt", ({ content }) => content.toString() === "second");
    assert.deepEqual(new Set(site.statuses()), new Set([200, 304]));
  });

  test(`${name} answers ranges of a large file, and then the whole file`, { skip }, async (t) => {
    const [site, port] = await cached(t, cache, { immutable: ["releases/**"] });
    const path = "/releases/large.bin";
    for (let count = 0; count < 2; count++) {
      const part = await ask(port, path, { Range: "bytes=3000000-3000009" });
      assert.deepEqual([part.status, part.content], [206, LARGE.subarray(3_000_000, 3_000_010)]);
    }
    const ranges = site.seen.splice(0).map(({ range }) => range);
    const own = "bytes=3000000-3000009";
    const expected = { whole: [null], range: [own, own], slices: ["bytes=2097152-3145727"] };
    assert.deepEqual(ranges, expected[cache.firstRange]);
    for (let count = 0; count < 2; count++) {
      const whole = await ask(port, path);
      assert.deepEqual([whole.status, whole.content.equals(LARGE)], [200, true]);
    }
    const count = { whole: 0, range: 1, slices: 3 }[cache.firstRange];
    assert.equal(site.seen.length, count);
  });

  test(`${name} ${cache.noCache === "stores" ? "asks each time" : "stores nothing"} by default`, {
    skip,
  }, async (t) => {
    const [site, port] = await cached(t, cache, {});
    for (let count = 0; count < 3; count++)
      assert.equal((await ask(port, "/page.txt")).content.toString(), "first");
    site.write("page.txt", "second");
    assert.equal((await ask(port, "/page.txt")).content.toString(), "second");
    const rest = cache.noCache === "stores" ? [304, 304, 200] : [200, 200, 200];
    assert.deepEqual(site.statuses(), [200, ...rest]);
  });

  test(`${name} gives files with a password to nobody else`, { skip }, async (t) => {
    const settings = { auth: "ada:lovelace", shared_cache_seconds: 60, immutable: ["releases/**"] };
    const [, port] = await cached(t, cache, settings);
    const fields = { Authorization: `Basic ${btoa("ada:lovelace")}` };
    for (const path of ["/page.txt", "/releases/large.bin"]) {
      assert.equal((await ask(port, path, fields)).status, 200);
      assert.equal((await ask(port, path)).status, 401);
    }
  });

  test(`${name} tells the client's address, and a client can't forge it`, { skip }, async (t) => {
    const [site, port] = await cached(t, cache, {});
    const forged = {
      Forwarded: "for=198.51.100.9;proto=https",
      "X-Forwarded-For": "198.51.100.9",
      "X-Forwarded-Proto": "https",
      "X-Forwarded-Host": "evil.example",
      "X-Real-IP": "198.51.100.9",
    };
    assert.equal((await ask(port, "/page.txt", forged)).status, 200);
    assert.deepEqual(
      site.seen.map(({ client }) => client),
      ["127.0.0.2 http"],
    );
  });
}

test("nginx cuts off a download whose slices are of two versions, instead of mixing them", {
  skip: without("nginx"),
}, async (t) => {
  const [site, port] = await cached(t, CACHES.nginx as Cache, { shared_cache_seconds: 3600 });
  const path = "/releases/large.bin";
  assert.equal((await ask(port, path, { Range: "bytes=2000000-2000009" })).status, 206);
  site.write("releases/large.bin", Buffer.alloc(3_500_000, "another "));
  await assert.rejects(ask(port, path), { code: "ECONNRESET" });
});

const caddy = (config: string, port: number): Program => ({
  command: "caddy",
  args: ["run", "--adapter", "caddyfile", "--config", "Caddyfile"],
  files: { Caddyfile: `{\nadmin off\nauto_https off\n}\n${config}` },
  port,
});

test("a cache works behind Caddy", { skip: without("caddy") || without("varnishd") }, async (t) => {
  const [site, behind] = await cached(t, CACHES.varnishd as Cache, { shared_cache_seconds: 60 });
  const port = await freePort();
  const config = blockOf("text", "reverse_proxy 127.0.0.1:8080")
    .replace("example.org", `http://:${port}`)
    .replace("8080", String(behind));
  await startProgram(t, caddy(config, port));
  for (let count = 0; count < 2; count++)
    assert.equal((await ask(port, "/page.txt", { "X-Forwarded-For": "198.51.100.9" })).status, 200);
  assert.deepEqual(
    site.seen.map(({ client }) => client),
    ["127.0.0.2 http"],
  );
});

test("a cache works in front of Caddy", { skip: without("caddy") || without("nginx") }, async (t) => {
  const [own = 0, between = 0, port = 0] = await freePorts(3);
  const site = new Site(t, own, { shared_cache_seconds: 60 });
  const config = blockOf("text", "http://:8081")
    .replace("8000", String(own))
    .replace("8081", String(between));
  await startProgram(t, caddy(config, between));
  const front = blockOf("nginx", "")
    .replaceAll("8000", String(between))
    .replaceAll("8080", String(port))
    .replace("/var/cache/nginx", "$FOLDER");
  await startProgram(t, (CACHES.nginx as Cache).program(front, port));
  for (let count = 0; count < 2; count++)
    assert.equal((await ask(port, "/page.txt", { "X-Forwarded-For": "198.51.100.9" })).status, 200);
  assert.deepEqual(
    site.seen.map(({ client }) => client),
    ["127.0.0.2 http"],
  );
});
