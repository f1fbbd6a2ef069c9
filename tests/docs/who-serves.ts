import { StreamRequestHandler } from "pyserve/socketserver";

let served = 0;

/** Says which process serves, and how many connections this module has seen; ends its process or thread when told to. */
export class WhoServes extends StreamRequestHandler {
  static module: string = import.meta.url;

  override async handle(): Promise<void> {
    if ((await this.rfile.readline()).toString() === "die\n") process.exit(3);
    served += 1;
    this.wfile.write(`${process.pid} ${served}`);
  }
}
