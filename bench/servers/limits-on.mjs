// @ts-check `hello-pyserve.mjs` with every limit, including those that are off by default.
import { ThreadingHTTPServer } from "../../dist/index.js";
import { announce } from "./announce.mjs";
import { Hello } from "./hello-handler.mjs";

class Limited extends Hello {}

Limited.timeout = 60;
Limited.max_content_length = 1024 * 1024;
Limited.max_requests_per_connection = 1_000_000_000;

const httpd = new ThreadingHTTPServer(["127.0.0.1", 0], Limited);
httpd.max_connections_per_address = 10_000;
announce(Number(httpd.server_address[1]));
await httpd.serve_forever();
