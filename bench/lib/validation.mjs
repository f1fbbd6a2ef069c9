// @ts-check
import { once } from "node:events";
import * as http from "node:http";
import * as https from "node:https";
import { connect } from "node:net";
import { TLSSocket } from "node:tls";
import { BenchFailure } from "./failure.mjs";
import { urlOf } from "./server-process.mjs";

/**
 * Describes a correct response. The status is always 200, `Date` is the current time, and `Content-Length` has the
 * length.
 *
 * @typedef {object} Expectation
 * @property {string} path
 * @property {Buffer} body
 * @property {RegExp} contentType
 * @property {readonly string[]} otherFields - required fields, with any value
 */

/** All servers must use this cipher for TLS: a cheaper cipher would be an advantage. */
const CIPHER = "TLSv1.3 TLS_AES_256_GCM_SHA384";

/** Seconds that a `Date` may be away from this machine's clock: the servers renew it once a second. */
const DATE_TOLERANCE = 3;

/**
 * Sends a server a request for each of `expectations`, on one connection: a benchmark is worthless if responses are
 * wrong, or if connections don't stay open.
 *
 * @param {import("./server-process.mjs").RunningServer} server
 * @param {readonly [Expectation, ...Expectation[]]} expectations
 * @returns {Promise<number>} the size of the first response in bytes, head included
 * @throws {BenchFailure} that names the server and its wrong response
 */
export async function validateServer(server, expectations) {
  const agent = makeAgent(server, { keepAlive: true, maxSockets: 1 });
  try {
    const [first] = expectations;
    const { size } = await validateAnswer(server, agent, first);
    for (const expectation of [...expectations.slice(1), first]) {
      const { reused } = await validateAnswer(server, agent, expectation);
      if (!reused) throw new BenchFailure(`${server.peer.name} does not keep connections open.`);
    }
    return size;
  } finally {
    agent.destroy();
  }
}

/**
 * Checks that a server closes the connection after its response if requested: a benchmark of connections relies on
 * this.
 *
 * @param {import("./server-process.mjs").RunningServer} server
 * @param {Expectation} expectation
 * @throws {BenchFailure}
 */
export async function validateClosing(server, expectation) {
  // An agent that does not keep connections sends `Connection: close`.
  const agent = makeAgent(server, { keepAlive: false });
  const { headers } = await validateAnswer(server, agent, expectation);
  if (headers.connection !== "close")
    throw new BenchFailure(`${server.peer.name} does not close connections when it is told to.`);
}

/**
 * Sends a server a request for each of `expectations`, each on its own connection, which must end after the response.
 *
 * @param {import("./server-process.mjs").RunningServer} server
 * @param {"HTTP/1.0" | "HTTP/1.1"} version - of the requests
 * @param {readonly [Expectation, ...Expectation[]]} expectations
 * @returns {Promise<number>} the size of the first response in bytes, head included
 * @throws {BenchFailure} that names the server and its wrong response
 */
export async function validateEnd(server, version, expectations) {
  const sizes = [];
  for (const { path, body } of expectations) {
    const socket = connect(server.port, "127.0.0.1");
    socket.write(`GET ${path} ${version}\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n`);
    const chunks = await socket.toArray({ signal: AbortSignal.timeout(5000) }).catch((error) => {
      throw new BenchFailure(`${server.peer.name}: GET ${path} by ${version} does not end: ${error.message}`);
    });
    const answer = Buffer.concat(chunks).toString();
    if (!/^HTTP\/1\.[01] 200 /.test(answer) || !answer.endsWith(`\r\n\r\n${body}`))
      throw new BenchFailure(`${server.peer.name}: GET ${path} by ${version}: ${JSON.stringify(answer)}`);
    sizes.push(Buffer.byteLength(answer));
  }
  return sizes[0] ?? 0;
}

/**
 * Requests a file that the client already has.
 *
 * @param {import("./server-process.mjs").RunningServer} server
 * @param {string} path
 * @param {string} field - the conditional field
 * @returns {Promise<number>} the size of the response in bytes
 * @throws {BenchFailure} if the status is not 304
 */
export async function validateNotModified(server, path, field) {
  const [name = "", value = ""] = field.split(/: (.*)/s);
  // Not `fetch`, which adds `Cache-Control: no-cache`: some servers then send the whole file.
  const [response] = await once(http.get(urlOf(server, path), { headers: { [name]: value } }), "response");
  const { statusCode: status, socket } = response;
  await once(response.resume(), "end");
  if (status !== 304) throw new BenchFailure(`${server.peer.name}: GET ${path} with ${field}: ${status}`);
  return socket.bytesRead;
}

/**
 * @param {import("./server-process.mjs").RunningServer} server
 * @param {http.AgentOptions} options
 * @returns {http.Agent}
 */
function makeAgent({ peer }, options) {
  // The certificate was created for this run, and no authority has signed it.
  return peer.secure ? new https.Agent({ ...options, rejectUnauthorized: false }) : new http.Agent(options);
}

/**
 * @typedef {object} Answer
 * @property {number} status
 * @property {http.IncomingHttpHeaders} headers
 * @property {Buffer} body
 * @property {number} size - bytes that the connection has received so far
 * @property {string | undefined} cipher - with the version of TLS; `undefined` without TLS
 * @property {boolean} reused - whether the connection had been used before
 */

/**
 * @param {import("./server-process.mjs").RunningServer} server
 * @param {http.Agent} agent
 * @param {Expectation} expectation
 * @returns {Promise<Answer>}
 */
async function validateAnswer(server, agent, expectation) {
  const where = `${server.peer.name}: GET ${expectation.path}`;
  const answer = await ask(server, agent, expectation.path).catch((error) => {
    throw new BenchFailure(`${where} failed: ${error.message}`);
  });
  for (const [what, holds] of Object.entries(judge(answer, expectation, server.peer))) {
    if (!holds) throw new BenchFailure(`${where}: wrong ${what}\n${describe(answer)}`);
  }
  return answer;
}

/**
 * @param {Answer} answer
 * @param {Expectation} expectation
 * @param {import("./peers.mjs").Peer} peer
 * @returns {Record<string, boolean>} each check, and true if it has passed
 */
function judge({ status, headers, body, cipher }, expectation, peer) {
  const age = Math.abs(Date.now() - Date.parse(headers.date ?? "")) / 1000;
  return {
    status: status === 200,
    cipher: cipher === (peer.secure ? CIPHER : undefined),
    Date: age <= DATE_TOLERANCE,
    "Content-Type": expectation.contentType.test(headers["content-type"] ?? ""),
    "Content-Length": headers["content-length"] === String(expectation.body.length),
    "Content-Encoding": headers["content-encoding"] === undefined,
    ...Object.fromEntries(
      expectation.otherFields.map((name) => [name, headers[name.toLowerCase()] !== undefined]),
    ),
    body: body.equals(expectation.body),
  };
}

/**
 * @param {Answer} answer
 * @returns {string}
 */
function describe({ status, headers, body, cipher }) {
  return `${cipher === undefined ? "" : `${cipher} `}${status} ${JSON.stringify(headers, undefined, 2)}\n${body.subarray(0, 200).toString("latin1")}`;
}

/**
 * @param {import("./server-process.mjs").RunningServer} server
 * @param {http.Agent} agent
 * @param {string} path
 * @returns {Promise<Answer>}
 */
function ask(server, agent, path) {
  const { get } = server.peer.secure ? https : http;
  return new Promise((resolve, reject) => {
    const request = get(urlOf(server, path), { agent, timeout: 5000 }, async (response) => {
      const socket = response.socket;
      const cipher = cipherOf(socket);
      try {
        const body = Buffer.concat(await response.toArray());
        const { statusCode: status = 0, headers } = response;
        // The agent takes the connection back a moment after the end of the response.
        setImmediate(resolve, {
          status,
          headers,
          body,
          size: socket.bytesRead,
          cipher,
          reused: request.reusedSocket,
        });
      } catch (error) {
        reject(error);
      }
    });
    request.once("timeout", () => request.destroy(new Error("no answer within 5 s")));
    request.once("error", reject);
  });
}

/**
 * @param {import("node:net").Socket} socket
 * @returns {string | undefined}
 */
function cipherOf(socket) {
  return socket instanceof TLSSocket ? `${socket.getProtocol()} ${socket.getCipher().name}` : undefined;
}
