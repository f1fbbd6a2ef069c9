/**
 * A handler that computes, on several threads: while one request keeps a core busy, other threads serve other requests.
 *
 * Start it, on this port or another:
 *
 *     npm run example examples/threads.ts [port 8000]
 *
 * Try:
 *
 *     $ curl -s localhost:8000/primes/100000
 *     9592 primes below 100000
 *     $ curl -s localhost:8000/
 *     GET /primes/NUMBER counts the primes below a number.
 *
 * A class can't be passed to a thread: each thread imports this module again, and finds the classes by their names. So
 * they are exported, and have `static module`. Only the main thread starts the server. If this Node can't pass connections
 * to threads (older than 24.20, 26.6), all requests are served on the main thread.
 */

import { isMainThread } from "node:worker_threads";
import { BaseHTTPRequestHandler, supportsThreads, ThreadingHTTPServer } from "pyserve";

export class Primes extends BaseHTTPRequestHandler {
  static module = import.meta.url;

  do_GET() {
    const [, below] = /^\/primes\/(\d{1,7})$/.exec(this.path) ?? [];
    const text =
      below === undefined
        ? "GET /primes/NUMBER counts the primes below a number."
        : `${countPrimes(Number(below))} primes below ${below}`;
    this.send_response(200);
    this.send_header("Content-Type", "text/plain; charset=utf-8");
    this.end_headers();
    this.wfile.write(`${text}\n`);
  }
}

export class PrimeServer extends ThreadingHTTPServer {
  static module = import.meta.url;
  static override max_threads = supportsThreads() ? 2 : 0;
}

function countPrimes(below: number): number {
  let count = 0;
  for (let candidate = 2; candidate < below; candidate++) if (isPrime(candidate)) count++;
  return count;
}

function isPrime(candidate: number): boolean {
  for (let divisor = 2; divisor * divisor <= candidate; divisor++)
    if (candidate % divisor === 0) return false;
  return true;
}

if (isMainThread && process.argv[1] === import.meta.filename) {
  const port = Number(process.argv[2] ?? 8000);
  await using httpd = new PrimeServer(["localhost", port], Primes);
  console.log(`http://localhost:${httpd.server_port}/`);
  await httpd.serve_forever();
}
