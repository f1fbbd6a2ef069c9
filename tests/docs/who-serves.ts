import { StreamRequestHandler } from "pyserve/socketserver";

let served = 0;

/** Answers with its process and the number of connections in this module; ends its process or thread on request. */
export class WhoServes extends StreamRequestHandler {
  static module: string = import.meta.url;

  override async handle(): Promise<void> {
    if ((await this.rfile.readline()).toString() === "die\n") process.exit(3);
    served += 1;
    this.wfile.write(`${process.pid} ${served}`);
  }
}
