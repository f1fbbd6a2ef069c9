import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import * as fs from "node:fs";
import * as net from "node:net";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { temporaryDirectory } from "./file-server.js";

/** True if nginx is installed. */
export function hasNginx(): boolean {
  return spawnSync("nginx", ["-v"]).status === 0;
}

/**
 * Serves a directory by nginx until the end of the test.
 *
 * @param locations - further blocks of the server
 */
export async function serveByNginx(
  t: TestContext,
  root: string,
  locations = "",
): Promise<readonly [host: string, port: number]> {
  const directory = temporaryDirectory(t);
  const port = await freePort();
  fs.writeFileSync(join(directory, "nginx.conf"), configuration(root, port, locations));
  const nginx = spawn("nginx", ["-p", directory, "-c", "nginx.conf", "-e", "error.log"], { stdio: "ignore" });
  t.after(() => stopped(nginx));
  await listens(port, nginx);
  return ["127.0.0.1", port];
}

function configuration(root: string, port: number, locations: string): string {
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];
  return `
    daemon off;
    master_process off;
    pid nginx.pid;
    events {}
    http {
      ${temporary.map((name) => `${name}_temp_path ${name};`).join("\n")}
      access_log off;
      types { text/plain txt; text/css css; application/gzip gz; application/x-tar tar; }
      charset utf-8;
      charset_types text/plain text/css;
      if_modified_since before;
      gzip_static on;
      gzip_vary on;
      server { listen 127.0.0.1:${port}; root ${root}; ${locations} }
    }`;
}

async function freePort(): Promise<number> {
  const server = net.createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as net.AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

async function listens(port: number, nginx: ChildProcess): Promise<void> {
  for (let tries = 0; tries < 200; tries++) {
    if (nginx.exitCode !== null) break;
    const socket = net.connect(port, "127.0.0.1");
    const isOpen = await once(socket, "connect").then(
      () => true,
      () => false,
    );
    socket.destroy();
    if (isOpen) return;
    await delay(25); // nginx tells nobody that it listens: there is no event to wait for
  }
  throw new Error("nginx does not listen");
}

async function stopped(nginx: ChildProcess): Promise<void> {
  if (nginx.exitCode !== null) return;
  nginx.kill();
  await once(nginx, "exit");
}
