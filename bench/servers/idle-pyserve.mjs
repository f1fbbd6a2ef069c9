// @ts-check
// `hello-pyserve.mjs` with time limits of an hour: limits that are off would cost less.
import { ThreadingHTTPServer } from "../../dist/index.js";
import { announce } from "./announce.mjs";
import { Hello } from "./hello-handler.mjs";

class Patient extends Hello {}

Patient.first_byte_timeout = 3600;
Patient.keep_alive_timeout = 3600;

const httpd = new ThreadingHTTPServer(["127.0.0.1", 0], Patient);
// While connections are scarce, idle ones are closed after 5 s, in spite of their limits.
httpd.max_connections = Number.POSITIVE_INFINITY;
announce(Number(httpd.server_address[1]));
await httpd.serve_forever();
