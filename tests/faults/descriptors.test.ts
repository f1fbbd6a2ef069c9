import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { createInterface } from "node:readline";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { PATIENCE } from "../support/servers.js";

const PROGRAM = fileURLToPath(new URL("../fixtures/few-descriptors.js", import.meta.url));

/** Returns the response on a new connection, or `null` if it is refused. */
async function ask(port: number): Promise<string | null> {
  const socket = connect(port, "127.0.0.1");
  socket.on("error", () => {});
  socket.write("GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
  let text = "";
  socket.setEncoding("latin1").on("data", (more: string) => {
    text += more;
  });
  await new Promise((resolve) => socket.once("close", resolve));
  return text === "" ? null : text.slice(-5);
}

/** Resolves when a connection is open, or can't be opened. */
function settled(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    socket.once("connect", () => resolve());
    socket.once("close", () => resolve());
  });
}

test("A server without descriptors refuses clients, and serves again when it has some", {
  skip: process.platform === "win32" && "it needs a shell",
}, async (t) => {
  const child = spawn("/bin/sh", ["-c", 'ulimit -n 256; exec "$0" "$1"', process.execPath, PROGRAM], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  t.after(() => child.kill("SIGKILL"));
  const [line] = (await once(createInterface(child.stdout), "line")) as [string];
  const port = Number(line);
  assert.equal(await ask(port), "hello");

  const hoard: Socket[] = [];
  for (let count = 0; count < 600; count++) {
    const socket = connect(port, "127.0.0.1");
    socket.on("error", () => {});
    hoard.push(socket);
  }
  await Promise.all(hoard.map(settled));
  assert.equal(await ask(port), null);
  for (const socket of hoard) socket.destroy();

  const end = performance.now() + PATIENCE;
  let answer = await ask(port);
  while (answer === null && performance.now() < end) answer = await ask(port);
  assert.equal(answer, "hello");
  const exited = once(child, "exit");
  child.kill("SIGTERM");
  assert.deepEqual(await exited, [0, null]);
});
