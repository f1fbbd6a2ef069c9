import assert from "node:assert/strict";
import { test } from "node:test";
import { handlerWith, serveFiles, temporaryTree } from "../support/file-server.js";
import { without } from "../support/programs.js";
import { serveByNginx } from "../support/proxies.js";
import { fieldOf, rawRequest } from "../support/raw-http.js";

const skip = without("nginx");

const redirects: readonly (readonly [path: string, location: string, page: string])[] = [
  ["/files/docs", "/files/docs/", "docs"],
  ["/files/docs?x=/a:b", "/files/docs/?x=/a:b", "docs"],
  ["/files/docs/api", "/files/docs/api/", "api"],
  ["/files/12:30", "/files/12:30/", "colon"],
  ["/files/a%20b", "/files/a%20b/", "blank"],
];
test("The redirect of a directory stays below a prefix that a proxy removes", { skip }, async (t) => {
  const directory = temporaryTree(t, {
    "docs/index.html": "docs",
    "docs/api/index.html": "api",
    "12:30/index.html": "colon",
    "a b/index.html": "blank",
  });
  const [host, port] = serveFiles(t, { directory }, handlerWith({ relative_redirects: true }));
  const proxy = await serveByNginx(
    t,
    temporaryTree(t, {}),
    `location /files/ { proxy_pass http://${host}:${port}/; }`,
  );
  const origin = `http://${proxy[0]}:${proxy[1]}`;
  for (const [path, location, page] of redirects) {
    const reply = await rawRequest(proxy, { target: path });
    assert.equal(reply.status, "301 Moved Permanently");
    assert.equal(new URL(fieldOf(reply, "Location") ?? "", origin + path).href, origin + location);
    assert.equal(await (await fetch(origin + path)).text(), page);
  }
});
