// @ts-check `node connect-pyserve.mjs DIRECTORY THREADS`: the threads accept connections themselves.
import { ThreadingHTTPServer } from "../../dist/index.js";
import { announce } from "./announce.mjs";
import { threadCount } from "./arguments.mjs";
import { Hello } from "./hello-handler.mjs";

// Set on the class, because its constructor listens.
Object.assign(ThreadingHTTPServer, { max_threads: threadCount(), accept_in_threads: true });

const httpd = new ThreadingHTTPServer(["127.0.0.1", 0], Hello);
announce(Number(httpd.server_address[1]));
await httpd.serve_forever();
