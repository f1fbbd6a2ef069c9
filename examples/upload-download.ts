/**
 * Stores files by PUT, and sends them by GET. It uses `pipeline`, so a large file needs no more memory than a small one,
 * and the faster side waits for the slower one.
 *
 * Start it. Without a directory, it keeps the files in `uploads`:
 *
 *     npm run example examples/upload-download.ts [port] [directory]
 *
 * Try:
 *
 *     $ curl -s -T package.json -w '%{http_code}\n' localhost:8000/copy.json
 *     201
 *     $ curl -s -T package.json -w '%{http_code}\n' localhost:8000/copy.json
 *     204
 *     $ curl -s localhost:8000/copy.json | diff - package.json && echo the same
 *     the same
 *     $ curl -s -o /dev/null -w '%{http_code}\n' localhost:8000/missing.json
 *     404
 *     $ curl -s -T package.json -o /dev/null -w '%{http_code}\n' localhost:8000/..%2Fpackage.json
 *     404
 *
 * An interrupted upload leaves no file: `curl -T /dev/zero localhost:8000/big`, Ctrl-C, `ls uploads`.
 *
 * A real server would check who may upload, and refuse uploads when the disk is almost full.
 */

import { randomUUID } from "node:crypto";
import { createWriteStream, existsSync, mkdirSync } from "node:fs";
import { type FileHandle, open, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { BaseHTTPRequestHandler, ThreadingHTTPServer } from "pyserve";

// Accepts only names that are valid on every system and are not paths. Names that begin with a dot are
// uploads in progress.
const SAFE_NAME = /^\/(\w[\w.-]{0,99})$/;

export class StorageServer extends ThreadingHTTPServer {
  directory = "uploads";
}

export class StorageHandler extends BaseHTTPRequestHandler<StorageServer> {
  static override max_content_length = 10 * 1024 ** 3;

  async do_PUT() {
    const path = this.#file();
    if (path === null) return this.send_error(404);
    const isNew = !existsSync(path);
    await this.#receive(path);
    this.send_response(isNew ? 201 : 204);
    this.end_headers();
  }

  async do_GET() {
    const path = this.#file();
    await using file = path === null ? null : await openIfThere(path);
    if (file === null) return this.send_error(404);
    this.send_response(200);
    this.send_header("Content-Type", "application/octet-stream");
    this.send_header("Content-Length", (await file.stat()).size);
    this.end_headers();
    await pipeline(file.createReadStream(), this.wfile);
  }

  /** Readers see the old file or the new one: the upload gets its name when it is complete. */
  async #receive(path: string) {
    const unfinished = join(this.server.directory, `.${randomUUID()}`);
    try {
      await pipeline(this.rfile, createWriteStream(unfinished));
      await rename(unfinished, path);
    } finally {
      // Removes the file if the client has disconnected, or the disk is full. A complete file has another name by now.
      await rm(unfinished, { force: true });
    }
  }

  #file(): string | null {
    const name = SAFE_NAME.exec(this.path)?.[1];
    return name === undefined ? null : join(this.server.directory, name);
  }
}

async function openIfThere(path: string): Promise<FileHandle | null> {
  try {
    return await open(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw error;
  }
}

if (process.argv[1] === import.meta.filename) {
  const [port = "8000", directory = "uploads"] = process.argv.slice(2);
  mkdirSync(directory, { recursive: true });
  await using httpd = new StorageServer(["localhost", Number(port)], StorageHandler);
  httpd.directory = directory;
  console.log(`http://localhost:${httpd.server_port}/`);
  await httpd.serve_forever();
}
