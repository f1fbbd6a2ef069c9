// @ts-check
// `hello-pyserve.mjs` without any limit that can be lifted: never for strangers.
import { ThreadingHTTPServer } from "../../dist/index.js";
import { announce } from "./announce.mjs";
import { Hello } from "./hello-handler.mjs";

const NO_LIMIT = Number.POSITIVE_INFINITY;

class Unlimited extends Hello {
  static timeout = null;
  static first_byte_timeout = null;
  static header_timeout = null;
  static keep_alive_timeout = null;
  static stall_timeout = null;
  static discard_timeout = null;
  static min_content_rate = 0;
  static min_response_rate = 0;
  static max_request_line = NO_LIMIT;
  static max_header_size = NO_LIMIT;
  static max_headers = NO_LIMIT;
  static max_content_length = NO_LIMIT;
  static max_requests_per_connection = NO_LIMIT;
  static max_discarded_content = NO_LIMIT;
}

const httpd = new ThreadingHTTPServer(["127.0.0.1", 0], Unlimited);
httpd.max_connections = NO_LIMIT;
httpd.max_connections_per_address = NO_LIMIT;
httpd.stall_timeout = null;
httpd.drain_timeout = null;
announce(Number(httpd.server_address[1]));
await httpd.serve_forever();
