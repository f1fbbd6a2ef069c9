// @ts-check
import assert from "node:assert/strict";
import { test } from "node:test";
import { readReport } from "../lib/wrk.mjs";

const head = `Running 3s test @ http://127.0.0.1:8000/hello
  1 threads and 64 connections
  Thread Stats   Avg      Stdev     Max   +/- Stdev
    Latency     1.23ms  456.00us  12.34ms   91.23%
    Req/Sec    51.97k     3.21k   55.55k    80.00%
  Latency Distribution
     50%    1.01ms
     75%    1.20ms
     90%    1.59ms
     99%    4.50ms
`;

const rows = [
  {
    name: "takes rate and number of a run without failures",
    report: `${head}  156032 requests in 3.02s, 27.09MB read\nRequests/sec:  51700.52\nTransfer/sec:      8.97MB\n`,
    expected: { rate: 51700.52, requests: 156032, p99: 4.5 },
  },
  ...[
    { written: "812.00us", p99: 0.812 },
    { written: "1.25s", p99: 1250 },
    { written: "1.50m", p99: 90_000 },
  ].map(({ written, p99 }) => ({
    name: `takes ${written} for ${p99} ms`,
    report: `${head.replace("4.50ms", written)}  10 requests in 3.02s, 1.09KB read\nRequests/sec:  3.31\n`,
    expected: { rate: 3.31, requests: 10, p99 },
  })),
  {
    name: "refuses a run with socket errors",
    report: `${head}  Socket errors: connect 0, read 3, write 0, timeout 0\nRequests/sec:  51700.52\n`,
    expected: "Socket errors: connect 0, read 3, write 0, timeout 0",
  },
  {
    name: "refuses a run with answers that are no success",
    report: `${head}  Non-2xx or 3xx responses: 156032\nRequests/sec:  51700.52\n`,
    expected: "Non-2xx or 3xx responses: 156032",
  },
  {
    name: "refuses a run without an answer",
    report: `${head}  0 requests in 3.02s, 0.00B read\nRequests/sec:      0.00\n`,
    expected: "no request was answered",
  },
  { name: "refuses a report without a rate", report: head, expected: "no request was answered" },
];

for (const { name, report, expected } of rows) {
  test(`\`readReport\` ${name}`, () => assert.deepEqual(readReport(report), expected));
}
