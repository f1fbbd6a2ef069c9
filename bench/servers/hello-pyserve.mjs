// @ts-check
import { ThreadingHTTPServer } from "../../dist/index.js";
import { announce } from "./announce.mjs";
import { threadCount } from "./arguments.mjs";
import { Hello } from "./hello-handler.mjs";

const httpd = new ThreadingHTTPServer(["127.0.0.1", 0], Hello);
httpd.max_threads = threadCount();
announce(Number(httpd.server_address[1]));
await httpd.serve_forever();
