// @ts-check
import fastify from "fastify";
import { announce, portOf } from "./announce.mjs";

const app = fastify({ logger: false });

// Fastify adds Content-Length itself.
app.get("*", (request, reply) => {
  reply.header("Content-Type", "text/plain; charset=utf-8").send(`Hello from ${request.url}\n`);
});

await app.listen({ port: 0, host: "127.0.0.1" });
announce(portOf(app.server));
