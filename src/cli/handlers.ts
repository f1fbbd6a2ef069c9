import { SimpleHTTPRequestHandler } from "../http/simple-http-request-handler.js";

/** What the command serves a directory with: a class of its own, whose attributes it sets. */
export class DirectoryHandler extends SimpleHTTPRequestHandler {
  static module: string = import.meta.url;
}

/** The same without a log of requests and refusals; `handle_error`, which is the server's, still speaks. */
export class QuietDirectoryHandler extends DirectoryHandler {
  static override module = import.meta.url;

  override log_message(): void {}
}
