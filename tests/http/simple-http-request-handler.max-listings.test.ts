import assert from "node:assert/strict";
import test, { type TestContext } from "node:test";
import { SimpleHTTPRequestHandler } from "pyserve";
import { temporaryTree } from "../support/file-server.js";
import { type Fixture, get, noneUnhandled, request, serveHttp } from "../support/http.js";
import { deferred, until } from "../support/servers.js";

type Listing = Awaited<ReturnType<SimpleHTTPRequestHandler["list_directory"]>>;

function directoryOf(t: TestContext, count: number): string {
  return temporaryTree(
    t,
    Object.fromEntries(Array.from({ length: count }, (_, at) => [`some file ${at}`, ""])),
  );
}

function serveDirectory(
  t: TestContext,
  HandlerClass: Parameters<typeof serveHttp>[1],
  count = 1001,
): Fixture {
  noneUnhandled(t);
  return serveHttp(t, HandlerClass, { handler_args: { directory: directoryOf(t, count) } });
}

test("`max_listings` lets further requests wait, both HEAD and GET, unless their clients leave", async (t) => {
  const asked: string[] = [];
  const begun: string[] = [];
  const ended: string[] = [];
  const gate = deferred<void>();
  class Handler extends SimpleHTTPRequestHandler {
    static override max_listings = 1;
    override log_message(): void {}
    override async list_directory(path: string): Promise<Listing> {
      asked.push(this.path);
      try {
        const file = await super.list_directory(path);
        begun.push(this.path);
        await gate.promise;
        return file;
      } finally {
        ended.push(this.path);
      }
    }
  }
  const fixture = serveDirectory(t, Handler);
  const ask = async (path: string, method = "GET") => {
    const client = await fixture.send(request(method, path, ["Connection: close"]));
    await until(() => asked.includes(path));
    return client;
  };
  const first = await ask("/?first");
  await until(() => begun.length === 1);
  const second = await ask("/?second");
  const third = await ask("/?third", "HEAD");
  const gone = await ask("/?gone");
  gone.socket.resetAndDestroy();
  await until(() => ended.includes("/?gone"));
  assert.deepEqual(begun, ["/?first"]);
  gate.resolve();
  for (const [client, method] of [
    [first, "GET"],
    [second, "GET"],
    [third, "HEAD"],
  ] as const) {
    const { status, isCut } = await client.reply(method);
    assert.deepEqual([status, isCut], [200, false]);
    await client.assertEnd();
  }
  assert.deepEqual(begun, ["/?first", "/?second", "/?third"]);
  assert.deepEqual(fixture.errors, []);
});

test("`max_listings` closes a listing that was prepared long ago when another one is prepared", async (t) => {
  const isHeld = deferred<void>();
  class Handler extends SimpleHTTPRequestHandler {
    static override max_listings = 1;
    override log_message(): void {}
    override async copyfile(...[source, target]: Parameters<SimpleHTTPRequestHandler["copyfile"]>) {
      if (!this.path.includes("slow")) return super.copyfile(source, target);
      for (let text = ""; !text.includes("some file 7"); ) {
        const bytes = await source.read(1024);
        text += bytes.toString();
        await target.write(bytes);
      }
      isHeld.resolve();
      return new Promise<void>((_, reject) => {
        this.signal.addEventListener("abort", () => reject(this.signal.reason));
      });
    }
  }
  const fixture = serveDirectory(t, Handler);
  const slow = await fixture.send(get("/?slow"));
  await isHeld.promise;
  const early = await (await fixture.send(get("/", "Connection: close"))).reply();
  assert.equal(early.isCut, false);
  assert.equal(slow.isEnded, false, "for ten seconds it may be slow");
  const now = performance.now.bind(performance);
  t.mock.method(performance, "now", () => now() + 11_000);
  const late = await (await fixture.send(get("/", "Connection: close"))).reply();
  assert.equal(late.isCut, false);
  assert.match(late.content, /some file 1000/);
  const cut = await slow.reply();
  assert.equal(cut.isCut, true);
  assert.deepEqual(fixture.errors, []);
  assert.equal(fixture.disconnects.length, 1);
});

for (const max_listings of [0, -1, Number.NaN]) {
  test(`\`max_listings = ${max_listings}\` is a mistake, which is told`, async (t) => {
    class Handler extends SimpleHTTPRequestHandler {
      override log_message(): void {}
    }
    Handler.max_listings = max_listings;
    const fixture = serveDirectory(t, Handler);
    await (await fixture.send(get("/"))).assertEnd();
    assert.match(String(fixture.takeErrors()), /max_listings must be a whole number of 1 or more/);
  });
}

test("`max_listings` does not apply to a directory of a thousand names", async (t) => {
  const gate = deferred<void>();
  class Handler extends SimpleHTTPRequestHandler {
    static override max_listings = 1;
    override log_message(): void {}
    override async list_directory(path: string): Promise<Listing> {
      const file = await super.list_directory(path);
      if (this.path === "/long/") await gate.promise;
      return file;
    }
  }
  noneUnhandled(t);
  const files = (place: string, count: number) =>
    Array.from({ length: count }, (_, at) => [`${place}/${at}.txt`, ""] as const);
  const directory = temporaryTree(t, Object.fromEntries([...files("long", 1001), ...files("short", 1000)]));
  const fixture = serveHttp(t, Handler, { handler_args: { directory } });
  const long = await fixture.send(get("/long/", "Connection: close"));
  const waiting = await fixture.send(get("/long/?again", "Connection: close"));
  const short = await (await fixture.send(get("/short/", "Connection: close"))).reply();
  assert.match(short.content, /999\.txt/);
  gate.resolve();
  for (const client of [long, waiting]) assert.match((await client.reply()).content, /1000\.txt/);
});
