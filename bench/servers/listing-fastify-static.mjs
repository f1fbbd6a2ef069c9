// @ts-check
import fastifyStatic from "@fastify/static";
import fastify from "fastify";
import { announce, portOf } from "./announce.mjs";
import { servedDirectory } from "./arguments.mjs";

const app = fastify({ logger: false });
app.register(fastifyStatic, {
  root: servedDirectory(),
  index: false,
  // The page of its manual: only names and links, although it has examined all files for their times.
  list: {
    format: "html",
    render: (directories, files) => `<html><body>
<ul>${directories.map(({ href, name }) => `<li><a href="${href}">${name}</a></li>`).join("\n")}</ul>
<ul>${files.map(({ href, name }) => `<li><a href="${href}" target="_blank">${name}</a></li>`).join("\n")}</ul>
</body></html>`,
  },
});
await app.listen({ port: 0, host: "127.0.0.1" });
announce(portOf(app.server));
