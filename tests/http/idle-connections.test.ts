import assert from "node:assert/strict";
import { once } from "node:events";
import * as http from "node:http";
import { text } from "node:stream/consumers";
import { test } from "node:test";
import { setTimeout as wait } from "node:timers/promises";
import { get, serveHttp, TestHandler } from "../support/http.js";
import { freePort, startProgram, without } from "../support/programs.js";
import { haproxy, nginx } from "../support/proxies.js";

class Kept extends TestHandler {
  static override keep_alive_timeout = 3600;

  do_GET() {
    this.respond("hello");
  }

  async do_POST() {
    await this.rfile.read();
    this.respond("taken");
  }
}

test("an idle connection gets its announced time, which is shorter while connections are scarce", async (t) => {
  const fixture = serveHttp(t, Kept);
  const keepAlive = get("/", "Connection: keep-alive");
  const client = await fixture.send(keepAlive);
  assert.equal((await client.reply()).fields["keep-alive"], "timeout=3600");
  fixture.server.max_connections = 1;
  assert.equal((await client.send(keepAlive).reply()).fields["keep-alive"], "timeout=5");
  await client.assertEnd();
});

/** Balancers that keep connections to the server open for a minute. */
const BALANCERS = {
  nginx: (front: number, port: number) =>
    nginx(
      `upstream app { server 127.0.0.1:${port}; keepalive 32; keepalive_timeout 60s; }
       server {
         listen 127.0.0.1:${front};
         location / { proxy_pass http://app; proxy_http_version 1.1; proxy_set_header Connection ""; }
       }`,
      front,
    ),
  haproxy: (front: number, port: number) =>
    haproxy(
      `defaults
  mode http
  timeout connect 5s
  timeout client 60s
  timeout server 60s
  http-reuse always
frontend site
  bind 127.0.0.1:${front}
  default_backend app
backend app
  server one 127.0.0.1:${port} pool-purge-delay 60s
`,
      front,
    ),
};

for (const [name, balancer] of Object.entries(BALANCERS)) {
  test(`behind ${name} that keeps connections, no request fails that may not be repeated`, {
    skip: without(name),
  }, async (t) => {
    const fixture = serveHttp(t, Kept);
    const front = await freePort();
    await startProgram(t, balancer(front, fixture.port));
    const agent = new http.Agent({ keepAlive: true, maxSockets: 8 });
    t.after(() => agent.destroy());
    const results = new Map<string, number>();
    await Promise.all(
      Array.from({ length: 8 }, async (_, client) => {
        for (let count = 0; count < 40; count++) {
          const result = await post(front, agent);
          results.set(result, (results.get(result) ?? 0) + 1);
          await wait((client * 7 + count * 3) % 20);
        }
      }),
    );
    assert.deepEqual([...results], [["200 taken", 320]]);
    const { connections } = await fixture.server.stats();
    assert.ok(connections.accepted <= 16, `${connections.accepted} connections for 320 requests`);
  });
}

async function post(port: number, agent: http.Agent): Promise<string> {
  try {
    const request = http.request({ host: "127.0.0.1", port, agent, method: "POST" });
    request.end("content");
    const [response] = (await once(request, "response")) as [http.IncomingMessage];
    return `${response.statusCode} ${await text(response)}`;
  } catch (error) {
    return String(error);
  }
}
