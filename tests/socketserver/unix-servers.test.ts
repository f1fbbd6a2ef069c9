import assert from "node:assert/strict";
import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import * as net from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import {
  type AddressFamily,
  AF_INET,
  StreamRequestHandler,
  ThreadingUnixStreamServer,
  UnixStreamServer,
} from "pyserve/socketserver";
import { closeAfter, leavesNothingOpen, serve, turns } from "../support/servers.js";
import { exchange } from "../support/stream-client.js";

const BINDS_AT_ONCE = "BoundSocket" in net;

class Echo extends StreamRequestHandler<UnixStreamServer> {
  override async handle() {
    await this.wfile.write(`'${this.client_address}' ${await this.rfile.readline()}`);
  }
}

function socketPath(t: TestContext, name = "socket"): string {
  const directory = mkdtempSync(join(tmpdir(), "pyserve-"));
  t.after(() => rmSync(directory, { recursive: true }));
  return join(directory, name);
}

/** Asserts that the system refuses a path: in the constructor, if Node binds at once. */
async function refuses(path: string, code: RegExp): Promise<void> {
  const use = async () => {
    await using server = new UnixStreamServer(path, Echo);
    await server.serve_forever();
  };
  await assert.rejects(use, (error) => code.test(String((error as NodeJS.ErrnoException).code)));
  await assert.rejects(use, (error) => String(error).endsWith(path) && "address" in (error as object));
  if (BINDS_AT_ONCE) assert.throws(() => new UnixStreamServer(path, Echo));
}

for (const Server of [UnixStreamServer, ThreadingUnixStreamServer]) {
  test(`${Server.name} listens at its path when it is constructed, and tells handlers a nameless peer`, async (t) => {
    const path = socketPath(t);
    const server = serve(t, new Server(path, Echo));
    assert.equal(server.server_address, path);
    assert.ok(statSync(path).isSocket());
    assert.equal(await exchange(path, "hello\n"), "'' hello\n");
    assert.equal(server.server_address, path);
  });

  test(`${Server.name} removes its path when it is closed, and the path may be used again`, async (t) => {
    const path = socketPath(t);
    await leavesNothingOpen(async () => {
      for (let round = 0; round < 3; round++) {
        const server = new Server(path, Echo);
        await server.server_close();
        assert.equal(existsSync(path), false);
      }
    });
  });
}

test("UnixStreamServer refuses a path that exists, as in Python", async (t) => {
  const path = socketPath(t);
  writeFileSync(path, "a file of somebody's");
  await leavesNothingOpen(() => refuses(path, /EADDRINUSE/));
  assert.ok(existsSync(path));
  await turns();
  const socket = socketPath(t);
  const server = serve(t, new UnixStreamServer(socket, Echo));
  await refuses(socket, /EADDRINUSE/);
  assert.ok(existsSync(socket), "the path of the first server must stay");
  assert.equal(await exchange(server.server_address, "hello\n"), "'' hello\n");
});

test("UnixStreamServer refuses a path in a directory that does not exist", async (t) => {
  await refuses(join(socketPath(t), "missing", "socket"), /EACCES|ENOENT/);
});

for (const address of ["", null, undefined, 5, ["localhost", 0]]) {
  test(`UnixStreamServer refuses the address ${JSON.stringify(address)}`, () => {
    assert.throws(() => new UnixStreamServer(address as string, Echo), {
      name: "TypeError",
      message: /path/,
    });
  });
}

test("UnixStreamServer refuses another address family", (t) => {
  class Odd extends UnixStreamServer {
    static override address_family: AddressFamily = AF_INET;
  }
  assert.throws(() => new Odd(socketPath(t), Echo), {
    name: "RangeError",
    message: /address_family.*AF_UNIX.*AF_INET/,
  });
});

test("UnixStreamServer refuses a path that does not fit, which older Nodes truncate", async (t) => {
  const directory = socketPath(t, "");
  const longest = join(directory, "x".repeat(107 - directory.length - 1));
  if (process.platform === "linux") {
    const server = closeAfter(t, new UnixStreamServer(longest, Echo));
    server.timeout = 0;
    await server.handle_request();
    assert.ok(existsSync(longest));
  }
  assert.throws(() => new UnixStreamServer(`${longest}x`, Echo), {
    name: "RangeError",
    message: /107|103/,
  });
  assert.throws(() => new UnixStreamServer(`/tmp/${"ä".repeat(60)}`, Echo), RangeError);
});
