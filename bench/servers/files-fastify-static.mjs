// @ts-check
import fastifyStatic from "@fastify/static";
import fastify from "fastify";
import { announce, portOf } from "./announce.mjs";
import { servedDirectory } from "./arguments.mjs";

const app = fastify({ logger: false });
app.register(fastifyStatic, { root: servedDirectory() });
await app.listen({ port: 0, host: "127.0.0.1" });
announce(portOf(app.server));
