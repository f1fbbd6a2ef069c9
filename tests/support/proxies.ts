import type { TestContext } from "node:test";
import { freePort, type Program, startProgram } from "./programs.js";

/** Returns nginx with a configuration of its module for HTTP. */
export function nginx(http: string, port: number): Program {
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];
  const config = `
    daemon off; master_process off; pid nginx.pid; error_log stderr crit;
    events {}
    http {
      ${temporary.map((name) => `${name}_temp_path ${name};`).join(" ")}
      access_log off;
      ${http}
    }`;
  return {
    command: "nginx",
    args: ["-p", "$FOLDER", "-e", "stderr", "-c", "nginx.conf"],
    files: { "nginx.conf": config },
    port,
  };
}

/**
 * Serves a directory with nginx until the end of the test.
 *
 * @param locations - further blocks of the server
 */
export async function serveByNginx(
  t: TestContext,
  root: string,
  locations = "",
): Promise<readonly [host: string, port: number]> {
  const port = await freePort();
  const http = `
      types { text/plain txt; text/css css; application/gzip gz; application/x-tar tar; }
      charset utf-8;
      charset_types text/plain text/css;
      if_modified_since before;
      gzip_static on;
      gzip_vary on;
      server { listen 127.0.0.1:${port}; root ${root}; ${locations} }`;
  await startProgram(t, nginx(http, port));
  return ["127.0.0.1", port];
}

/** Returns HAProxy with a configuration. */
export function haproxy(config: string, port: number, files: Program["files"] = {}): Program {
  const args = ["-db", "-f", "haproxy.cfg"];
  return { command: "haproxy", args, files: { ...files, "haproxy.cfg": config }, port };
}
