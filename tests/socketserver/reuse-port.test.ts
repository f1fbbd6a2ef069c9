import assert from "node:assert/strict";
import * as dgram from "node:dgram";
import { test } from "node:test";
import { checkReusePort, sharesPorts } from "#src/socketserver/listen.js";

/** Tries to bind a shared port, and returns the result. */
function bind(socket: dgram.Socket, port: number): Promise<"bound" | "refused"> {
  return new Promise((resolve) => {
    socket.once("error", () => resolve("refused"));
    socket.bind(port, "127.0.0.1", () => resolve("bound"));
  });
}

test("`sharesPorts` reports how the system treats two sockets on one port", async () => {
  const options: dgram.SocketOptions = { type: "udp4", reusePort: true };
  const sockets = [dgram.createSocket(options), dgram.createSocket(options)] as const;
  assert.equal(await bind(sockets[0], 0), "bound");
  const second = await bind(sockets[1], sockets[0].address().port);
  assert.equal(second, sharesPorts() ? "bound" : "refused");
  for (const socket of sockets) socket.close();
});

test("`checkReusePort` fails if the system would ignore the setting, and only if it is set", () => {
  checkReusePort(false);
  if (sharesPorts()) checkReusePort(true);
  else assert.throws(() => checkReusePort(true), /^Error: allow_reuse_port needs .*22\.12.*v20/);
});
