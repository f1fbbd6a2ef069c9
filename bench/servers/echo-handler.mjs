// @ts-check
import { DatagramRequestHandler, StreamRequestHandler } from "../../dist/index.js";

// In a separate file, which starts nothing.

/** Sends each line back. */
export class EchoLines extends StreamRequestHandler {
  /** @override */
  async handle() {
    for (let line = await this.rfile.readline(); line.length > 0; line = await this.rfile.readline()) {
      const written = this.wfile.write(line);
      // A promise only if the client does not keep up.
      if (typeof written !== "number") await written;
    }
  }
}

/** Sends each datagram back. */
export class EchoDatagrams extends DatagramRequestHandler {
  /** @override */
  handle() {
    this.wfile.write(this.packet);
  }
}
