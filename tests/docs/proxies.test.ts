import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { type IncomingMessage, request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { type TestContext, test } from "node:test";
import { BaseHTTPRequestHandler, ThreadingHTTPServer } from "pyserve";
import { startServer } from "pyserve/testing";
import { until } from "../support/servers.js";
import { pageAt } from "./pages.js";

const PAGE = pageAt("docs/how-to/run-behind-a-proxy.md");

/** A proxy, and how it is started. */
interface Proxy {
  /** Text that occurs only in the configuration of this proxy. */
  readonly marks: string;
  readonly args: readonly string[];
  /** Completes the configuration of the page. */
  readonly around: (config: string) => string;
}

/** How a proxy is started with what the page shows. */
const PROXIES: Readonly<Record<string, Proxy>> = {
  nginx: {
    marks: "proxy_pass",
    args: ["-p", ".", "-e", "stderr", "-c", "proxy.conf"],
    around: (config) => `
        daemon off; master_process off; pid nginx.pid; error_log stderr crit;
        events {}
        http {
          access_log off;
          client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path fastcgi; uwsgi_temp_path uwsgi; scgi_temp_path scgi;
          ${config}
        }`,
  },
  haproxy: { marks: "frontend site", args: ["-db", "-f", "proxy.conf"], around: (config) => config },
};

class Behind extends ThreadingHTTPServer {
  static override trusted_proxies = ["127.0.0.1"];
}

class Seen extends BaseHTTPRequestHandler {
  async do_POST(): Promise<void> {
    const content = await this.rfile.read();
    this.send_response(200);
    this.end_headers();
    this.wfile.write(
      [this.client_address[0], this.scheme, this.authority?.replace(/:.*/, ""), content].join(" "),
    );
  }
}

/** Fields that a client has no right to. */
const FORGED = {
  Forwarded: "for=198.51.100.9;proto=https;host=evil.example",
  "X-Forwarded-For": "198.51.100.9",
  "X-Forwarded-Proto": "https",
  "X-Forwarded-Host": "evil.example",
  "X-Real-IP": "198.51.100.9",
};

for (const [name, { args, around, marks }] of Object.entries(PROXIES)) {
  const skip = spawnSync(name, ["-v"]).error !== undefined && `this machine has no ${name}`;
  test(`${name} forwards requests with the configuration of the page`, { skip }, async (t) => {
    await using server = await startServer(Seen, { ServerClass: Behind });
    const block = PAGE.blocks.find((one) => one.text.includes(marks));
    const port = await freePort();
    const config = around(
      (block?.text ?? "").replaceAll("8000", String(server.address[1])).replaceAll("8080", port),
    );
    startProxy(t, name, args, config);

    let answer = "";
    await until(() => {
      void ask(port).then((reply) => {
        answer = reply;
      });
      return answer !== "";
    }, "the proxy to serve");
    assert.equal(answer, "127.0.0.2 http 127.0.0.1 content");
    assert.equal(await ask(port, FORGED), answer);
    assert.ok(server.requests.every(({ version }) => version === "HTTP/1.1"));
  });
}

/** Returns the response through the proxy; an empty text while the proxy does not listen. */
async function ask(port: string, headers = {}): Promise<string> {
  try {
    // The address of a client that is no proxy.
    const client = request({ host: "127.0.0.1", port, localAddress: "127.0.0.2", method: "POST", headers });
    const [response] = (await once(client.end("content"), "response")) as [IncomingMessage];
    return await text(response);
  } catch {
    return "";
  }
}

/** A port that was free a moment ago. */
async function freePort(): Promise<string> {
  await using server = await startServer(Seen);
  return String(server.address[1]);
}

function startProxy(t: TestContext, name: string, args: readonly string[], config: string): void {
  const folder = mkdtempSync(join(tmpdir(), "pyserve-proxy-"));
  writeFileSync(join(folder, "proxy.conf"), config);
  const proxy = spawn(name, args, { cwd: folder, stdio: "ignore" });
  t.after(() => {
    proxy.once("close", () => rmSync(folder, { recursive: true, force: true }));
    proxy.kill("SIGKILL");
  });
}
