import assert from "node:assert/strict";
import { randomInt } from "node:crypto";
import * as net from "node:net";

/** The work of one client: resolves when it is done, rejects if a response is wrong or missing. */
export type Client = (port: number, files: ReadonlyMap<string, Buffer>) => Promise<void>;

const PATIENCE = 30_000;

/** Sends text, and returns everything that arrives until the end of the connection. */
function exchange(port: number, bytes: Buffer): Promise<Buffer> {
  const socket = net.connect(port, "127.0.0.1");
  socket.write(bytes);
  const pieces: Buffer[] = [];
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error("no answer")), PATIENCE);
    socket.on("data", (piece: Buffer) => pieces.push(piece));
    socket.on("error", reject);
    socket.on("close", () => {
      clearTimeout(timer);
      resolve(Buffer.concat(pieces));
    });
  });
}

/** Connects, does something, and leaves with a reset. */
function leave(port: number, text: string, when: "at once" | "after the first bytes"): Promise<void> {
  const socket = net.connect(port, "127.0.0.1");
  socket.on("error", () => {});
  socket.write(text);
  return new Promise((resolve) => {
    const go = () => {
      socket.resetAndDestroy();
      resolve();
    };
    if (when === "at once") socket.once("connect", () => setImmediate(go));
    else socket.once("data", go);
    socket.once("close", () => resolve());
  });
}

const CLOSE = "Host: h\r\nConnection: close\r\n";
const KEEP = "Host: h\r\n";

function contentOf(reply: Buffer): Buffer {
  return reply.subarray(reply.indexOf("\r\n\r\n") + 4);
}

function anyOf<T>(values: readonly T[]): T {
  return values[randomInt(values.length)] as T;
}

/** A mix of actions of good clients and others. */
export const CLIENTS: Readonly<Record<string, Client>> = {
  async file(port, files) {
    const [name, content] = anyOf([...files]);
    const reply = await exchange(port, Buffer.from(`GET /${name} HTTP/1.1\r\n${CLOSE}\r\n`));
    assert.match(reply.toString("latin1", 0, 15), /^HTTP\/1\.1 200 /);
    assert.ok(contentOf(reply).equals(content), `the content of ${name}`);
  },
  async range(port, files) {
    const [name, content] = anyOf([...files]);
    const first = randomInt(content.length);
    const lines = `Range: bytes=${first}-\r\n${CLOSE}`;
    const reply = await exchange(port, Buffer.from(`GET /${name} HTTP/1.1\r\n${lines}\r\n`));
    assert.match(reply.toString("latin1", 0, 15), /^HTTP\/1\.1 206 /);
    assert.ok(contentOf(reply).equals(content.subarray(first)), `the range of ${name}`);
  },
  async pipelined(port, files) {
    const [name] = anyOf([...files].filter(([, { length }]) => length < 10_000));
    const requests = `HEAD /${name} HTTP/1.1\r\n${KEEP}\r\n`.repeat(20);
    const reply = await exchange(port, Buffer.from(`${requests}HEAD / HTTP/1.1\r\n${CLOSE}\r\n`));
    assert.equal(reply.toString("latin1").match(/^HTTP\/1\.1 200 /gm)?.length, 21);
  },
  async upload(port) {
    const content = Buffer.alloc(randomInt(200_000), "0123456789");
    const head = `POST / HTTP/1.0\r\nContent-Length: ${content.length}\r\n\r\n`;
    const reply = await exchange(port, Buffer.concat([Buffer.from(head), content]));
    assert.ok(contentOf(reply).equals(content), "what was sent comes back");
  },
  async missing(port) {
    const reply = await exchange(port, Buffer.from(`GET /none-${randomInt(1e6)} HTTP/1.1\r\n${CLOSE}\r\n`));
    assert.match(reply.toString("latin1", 0, 15), /^HTTP\/1\.1 404 /);
  },
  async malformed(port) {
    const reply = await exchange(port, Buffer.from(`GET / HTTP/1.1\r\nHost : h\r\n\r\n`));
    assert.match(reply.toString("latin1", 0, 15), /^HTTP\/1\.1 400 /);
  },
  abortedDownload: (port, files) =>
    leave(port, `GET /${[...files.keys()].at(-1)} HTTP/1.1\r\n${KEEP}\r\n`, "after the first bytes"),
  abortedUpload: (port) =>
    leave(port, `POST / HTTP/1.1\r\n${KEEP}Content-Length: 99999\r\n\r\nabc`, "at once"),
  abortedHead: (port) => leave(port, "GET / HTTP/1.1\r\nHos", "at once"),
  abortedFlood: (port) => leave(port, `GET / HTTP/1.1\r\n${KEEP}\r\n`.repeat(200), "after the first bytes"),
};
