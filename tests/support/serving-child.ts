import * as fs from "node:fs";
import type { TestContext } from "node:test";
import { Child } from "./child.js";
import { until } from "./servers.js";

/** Serves files in a separate process, so that its memory is needed only for serving. */
export class ServingChild {
  readonly address: readonly [host: string, port: number];
  readonly #child: Child;

  private constructor(child: Child, port: number) {
    this.#child = child;
    this.address = ["127.0.0.1", port];
  }

  /** Resolves when it serves. `GET /held` returns the bytes in use of its heap and buffers. */
  static async start(t: TestContext, directory: string): Promise<ServingChild> {
    const child = new Child(
      t,
      `import { setFlagsFromString } from "node:v8";
       import { runInNewContext } from "node:vm";
       import { SimpleHTTPRequestHandler, run } from "pyserve";
       setFlagsFromString("--expose-gc");
       const gc = runInNewContext("gc");
       class Handler extends SimpleHTTPRequestHandler {
         do_GET() {
           if (this.path !== "/held") return super.do_GET();
           gc();
           const { heapUsed, external } = process.memoryUsage();
           this.send_response(200);
           this.end_headers();
           this.wfile.write(String(heapUsed + external));
         }
       }
       const handler_args = { directory: ${JSON.stringify(directory)} };
       await run({ HandlerClass: Handler, port: 0, bind: "127.0.0.1", handler_args });`,
    );
    await until(() => / port \d+ /.test(child.output), "the server to serve");
    return new ServingChild(child, Number(/ port (\d+) /.exec(child.output)?.[1]));
  }

  /** Returns a number of bytes that Linux reports about the process: `VmRSS`, or its peak `VmHWM`. */
  memory(field: "VmRSS" | "VmHWM"): number {
    const status = fs.readFileSync(`/proc/${this.#child.process.pid}/status`, "latin1");
    return Number(new RegExp(`^${field}:\\s*(\\d+) kB$`, "m").exec(status)?.[1]) * 1024;
  }
}
