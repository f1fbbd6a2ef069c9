// @ts-check
import { join } from "node:path";
import { ThreadingHTTPSServer } from "../../dist/index.js";
import { announce } from "./announce.mjs";
import { servedDirectory, threadCount } from "./arguments.mjs";
import { Hello } from "./hello-handler.mjs";

const certfile = join(servedDirectory(), "certificate.pem");
const httpd = new ThreadingHTTPSServer(["127.0.0.1", 0], Hello, { certfile });
httpd.max_threads = threadCount();
announce(Number(httpd.server_address[1]));
await httpd.serve_forever();
