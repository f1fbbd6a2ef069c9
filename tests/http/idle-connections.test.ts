import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import * as http from "node:http";
import * as net from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { type TestContext, test } from "node:test";
import { setTimeout as wait } from "node:timers/promises";
import { get, serveHttp, TestHandler } from "../support/http.js";
import { until } from "../support/servers.js";

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

test("an idle connection is told its time, and a shorter one while connections are scarce, which is kept then", async (t) => {
  const fixture = serveHttp(t, Kept);
  const keepAlive = get("/", "Connection: keep-alive");
  const client = await fixture.send(keepAlive);
  assert.equal((await client.reply()).fields["keep-alive"], "timeout=3600");
  fixture.server.max_connections = 1;
  assert.equal((await client.send(keepAlive).reply()).fields["keep-alive"], "timeout=5");
  await client.assertEnd();
});

/** How a balancer is started that keeps connections to the server for a minute. */
const BALANCERS: Readonly<
  Record<
    string,
    { readonly args: readonly string[]; readonly config: (front: number, port: number) => string }
  >
> = {
  nginx: {
    args: ["-p", ".", "-e", "stderr", "-c", "balancer.conf"],
    config: (front, port) => `
      daemon off; master_process off; pid nginx.pid; error_log stderr crit; events {}
      http {
        access_log off;
        client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path fastcgi; uwsgi_temp_path uwsgi; scgi_temp_path scgi;
        upstream app { server 127.0.0.1:${port}; keepalive 32; keepalive_timeout 60s; }
        server {
          listen 127.0.0.1:${front};
          location / { proxy_pass http://app; proxy_http_version 1.1; proxy_set_header Connection ""; }
        }
      }`,
  },
  haproxy: {
    args: ["-db", "-f", "balancer.conf"],
    config: (front, port) => `
defaults
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
  },
};

for (const [name, { args, config }] of Object.entries(BALANCERS)) {
  const skip = spawnSync(name, ["-v"]).error !== undefined && `this machine has no ${name}`;
  test(`behind ${name} that keeps connections, no request fails that may not be repeated`, {
    skip,
  }, async (t) => {
    const fixture = serveHttp(t, Kept);
    const front = await freePort();
    startBalancer(t, name, args, config(front, fixture.port));
    await until(() => isListening(front), "the balancer to listen");
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

let listening: number | undefined;

/** Tries, and knows at the next call. */
function isListening(port: number): boolean {
  const socket = net.connect(port, "127.0.0.1", () => {
    listening = port;
    socket.destroy();
  });
  socket.on("error", () => {});
  return listening === port;
}

async function freePort(): Promise<number> {
  const server = net.createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as net.AddressInfo;
  await once(server.close(), "close");
  return port;
}

function startBalancer(t: TestContext, name: string, args: readonly string[], config: string): void {
  const folder = mkdtempSync(join(tmpdir(), "pyserve-balancer-"));
  writeFileSync(join(folder, "balancer.conf"), config);
  const balancer = spawn(name, args, { cwd: folder, stdio: "ignore" });
  t.after(async () => {
    const closed = once(balancer, "close");
    balancer.kill("SIGKILL");
    await closed;
    rmSync(folder, { recursive: true, force: true });
  });
}
