// @ts-check The ceiling for connections with one request each: `node connect-raw-socket.mjs DIRECTORY [THREADS]`. Each
//   thread has its own listener on the same port, and the system distributes connections among them.
import { once } from "node:events";
import { createServer } from "node:net";
import { fileURLToPath } from "node:url";
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";
import { announce, portOf } from "./announce.mjs";
import { threadCount } from "./arguments.mjs";
import { constantGreeting } from "./constant-reply.mjs";

/**
 * @param {number} port - 0 for a free one
 * @param {boolean} reusePort
 * @returns {Promise<number>} the port
 */
async function listen(port, reusePort) {
  const reply = constantGreeting("close");
  const server = createServer((socket) => {
    socket.once("data", () => socket.end(reply.text, "latin1"));
    socket.on("error", () => socket.destroy());
  });
  server.listen({ port, host: "127.0.0.1", reusePort });
  await once(server, "listening");
  return portOf(server);
}

async function startThreads() {
  let port = 0;
  for (let number = 0; number < threadCount(); number++) {
    const worker = new Worker(fileURLToPath(import.meta.url), { workerData: port });
    [port] = await once(worker, "message");
  }
  return port;
}

if (!isMainThread) parentPort?.postMessage(await listen(workerData, true));
else announce(threadCount() > 0 ? await startThreads() : await listen(0, false));
