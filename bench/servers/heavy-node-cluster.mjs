// @ts-check The speed of two processes that share nothing on this machine: a ceiling for threads. `node
//   heavy-node-cluster.mjs DIRECTORY N`
import cluster from "node:cluster";
import { once } from "node:events";
import { createServer } from "node:http";
import { announce } from "./announce.mjs";
import { threadCount } from "./arguments.mjs";
import { compute } from "./heavy-work.mjs";

/** A process that ends with its primary process: the channel between them is then closed. */
function serve() {
  const server = createServer((request, response) => {
    const body = request.url === "/heavy" ? `${compute()}\n` : `Hello from ${request.url}\n`;
    response.writeHead(200, {
      "Content-Type": "text/plain; charset=utf-8",
      "Content-Length": Buffer.byteLength(body),
    });
    response.end(body);
  });
  // All of them get the port of the first one.
  server.listen(0, "127.0.0.1");
}

async function startProcesses() {
  const workers = Array.from({ length: threadCount() }, () => cluster.fork());
  const addresses = await Promise.all(workers.map((worker) => once(worker, "listening")));
  announce(addresses[0]?.[0].port);
}

if (cluster.isPrimary) await startProcesses();
else serve();
