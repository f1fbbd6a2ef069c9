// @ts-check Starts nginx as one process, and ends nginx when this program is ended. `node files-nginx.mjs DIRECTORY
//   NGINX`
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { announce, portOf } from "./announce.mjs";
import { servedDirectory } from "./arguments.mjs";

/**
 * Returns a port that was free a moment ago: nginx can't report the port that it gets for port 0.
 *
 * @returns {Promise<number>}
 */
function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer().once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const port = portOf(server);
      server.close(() => resolve(port));
    });
  });
}

/**
 * @param {string} root - the served directory
 * @param {number} port
 * @returns {string}
 */
function configuration(root, port) {
  // By default, nginx closes a connection after 1000 requests and writes an access log; no other peer does. The load
  // generator reports failures under load.
  return `
daemon off;
master_process off;
pid nginx.pid;
error_log stderr crit;
events { worker_connections 256; }
http {
  types { text/plain txt; }
  charset utf-8;
  sendfile on;
  access_log off;
  keepalive_requests 1000000000;
  client_body_temp_path body;
  proxy_temp_path proxy;
  fastcgi_temp_path fastcgi;
  uwsgi_temp_path uwsgi;
  scgi_temp_path scgi;
  server { listen 127.0.0.1:${port}; root ${JSON.stringify(root)}; autoindex on; }
}
`;
}

/**
 * @param {number} port
 * @returns {Promise<boolean>}
 */
function accepts(port) {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1", () => {
      socket.destroy();
      resolve(true);
    }).once("error", () => resolve(false));
  });
}

const port = await freePort();
const home = mkdtempSync(join(tmpdir(), "pyserve-bench-nginx-"));
writeFileSync(join(home, "nginx.conf"), configuration(servedDirectory(), port));

const nginx = spawn(
  process.argv[3] ?? "nginx",
  ["-p", home, "-e", "stderr", "-c", join(home, "nginx.conf")],
  { stdio: ["ignore", "ignore", "inherit"] },
);
nginx.once("error", (error) => {
  throw error;
});
nginx.once("exit", (code) => process.exit(code ?? 1));
process.once("exit", () => rmSync(home, { recursive: true, force: true }));
// First nginx ends, then its files are removed: it writes into its folder until it has ended.
process.once("SIGTERM", () => nginx.kill());

while (!(await accepts(port))) await sleep(20);
announce(port, nginx.pid);
