// @ts-check A file server on Node, with its defaults or with all settings that a client can notice: `node
//   feature-peer.mjs DIRECTORY NAME MODE`
import { createServer } from "node:http";
import { announce, portOf } from "./announce.mjs";
import { servedDirectory } from "./arguments.mjs";

const root = servedDirectory();
const [, , , name, mode] = process.argv;
const isOn = mode === "settings";

/** @type {Readonly<Record<string, () => Promise<import("node:net").Server>>>} */
const PEERS = {
  "http-server": async () => {
    const { default: httpServer } = await import("http-server");
    const settings = isOn ? { gzip: true, brotli: true, cors: true, showDotfiles: false } : {};
    const { server } = /** @type {{ server: import("node:http").Server }} */ (
      /** @type {unknown} */ (httpServer.createServer({ root, ...settings }))
    );
    return server;
  },
  "serve-handler": async () => {
    const { default: handler } = await import("serve-handler");
    const settings = isOn
      ? { etag: true, symlinks: true, rewrites: [{ source: "/app/**", destination: "/index.html" }] }
      : {};
    return createServer(
      (request, response) => void handler(request, response, { public: root, ...settings }),
    );
  },
  sirv: async () => {
    const { default: sirv } = await import("sirv");
    const settings = isOn ? { etag: true, gzip: true, brotli: true, single: true, dev: true } : {};
    return createServer(sirv(root, settings));
  },
  "@fastify/static": async () => {
    const [{ default: fastify }, { default: fastifyStatic }] = await Promise.all([
      import("fastify"),
      import("@fastify/static"),
    ]);
    const app = fastify();
    app.register(
      fastifyStatic,
      isOn
        ? {
            root,
            preCompressed: true,
            dotfiles: "ignore",
            redirect: true,
            index: false,
            list: { format: "html", render: (_, files) => files.map(({ name: file }) => file).join() },
          }
        : { root },
    );
    await app.ready();
    return app.server;
  },
};

const start = PEERS[name ?? ""];
if (start === undefined) throw new TypeError(`there is no peer ${name}`);
const server = await start();
server.listen(0, "127.0.0.1", () => announce(portOf(server)));
