// @ts-check `hello-pyserve.mjs` without limits, as far as they can be turned off. Never serve strangers in this way.
import { ThreadingHTTPServer } from "../../dist/index.js";
import { announce } from "./announce.mjs";
import { Hello } from "./hello-handler.mjs";

const NO_LIMIT = Number.POSITIVE_INFINITY;

class Unlimited extends Hello {}

for (const time of /** @type {const} */ ([
  "timeout",
  "first_byte_timeout",
  "header_timeout",
  "keep_alive_timeout",
  "stall_timeout",
  "discard_timeout",
]))
  Unlimited[time] = null;
for (const size of /** @type {const} */ ([
  "max_request_line",
  "max_header_size",
  "max_headers",
  "max_content_length",
  "max_requests_per_connection",
  "max_discarded_content",
]))
  Unlimited[size] = NO_LIMIT;
for (const rate of /** @type {const} */ (["min_content_rate", "min_response_rate"])) Unlimited[rate] = 0;

const httpd = new ThreadingHTTPServer(["127.0.0.1", 0], Unlimited);
httpd.max_connections = NO_LIMIT;
httpd.max_connections_per_address = NO_LIMIT;
httpd.stall_timeout = null;
httpd.drain_timeout = null;
announce(Number(httpd.server_address[1]));
await httpd.serve_forever();
