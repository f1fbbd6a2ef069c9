// @ts-check Three instances behind HAProxy, under load. They are restarted, killed, stopped, filled, and get new
//   certificates. `node fleet.mjs hand-off` prints the number of failed requests. README.md explains more.
import { execFileSync, fork, spawn } from "node:child_process";
import { randomInt } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import * as http from "node:http";
import * as net from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import { connect as connectTLS } from "node:tls";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const SERVER = fileURLToPath(new URL("servers/fleet-server.mjs", import.meta.url));
/** Milliseconds for an instance to start, to end, or to be noticed. */
const PATIENCE = 30_000;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    /** Requests during each event, at least. */
    requests: { type: "string", default: "5000" },
    clients: { type: "string", default: "16" },
    /** Milliseconds between a client's response and its next request. */
    pause: { type: "string", default: "0" },
    /** Milliseconds for which an instance is stopped. */
    stall: { type: "string", default: "4000" },
    /** Prints the rows as JSON. */
    json: { type: "boolean", default: false },
  },
});
const [way = "hand-off"] = positionals;
const [requests = 0, clients = 0, pause = 0, stall = 0] = [
  values.requests,
  values.clients,
  values.pause,
  values.stall,
].map(Number);

/**
 * @typedef {object} Row
 * @property {string} event
 * @property {number} requests
 * @property {string[]} failed - requests without a response with 200, each with the observed result
 * @property {number} excused - number of these that the killed instance had received
 * @property {number[]} drained - seconds from the signal to the end of each instance
 */

const folder = mkdtempSync(join(tmpdir(), "pyserve-fleet-"));
const CERTIFICATE = join(folder, "site.pem");
const STATS = join(folder, "haproxy.socket");

/** Waits until HAProxy uses all instances. HAProxy listens on its port before its command socket has its name. */
async function allUp() {
  await until(async () => {
    const socket = net.connect(STATS);
    socket.end("show stat\n");
    const stats = await text(socket).catch(() => "");
    const states = stats.split("\n").map((line) => line.split(","));
    return states.filter(([, name, ...rest]) => name?.startsWith("s") && rest.includes("UP")).length === 3;
  }, "HAProxy to use all instances");
}

/** @param {string[]} args */
function openssl(...args) {
  return execFileSync("openssl", args, { cwd: folder, stdio: ["ignore", "pipe", "ignore"] });
}

/** Creates a certificate of the same authority, with a new serial number. */
function renewCertificate() {
  const subject = [
    "-nodes",
    "-newkey",
    "ec",
    "-pkeyopt",
    "ec_paramgen_curve:P-256",
    "-subj",
    "/CN=localhost",
  ];
  const authority = ["-CA", "ca.crt", "-CAkey", "ca.key", "-addext", "subjectAltName=IP:127.0.0.1"];
  const key = join(folder, "new.key");
  const certificate = openssl("req", "-x509", "-days", "2", ...subject, "-keyout", key, ...authority);
  writeFileSync(CERTIFICATE, Buffer.concat([certificate, execFileSync("cat", [key])]));
}

function makeCertificates() {
  const key = ["-nodes", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-keyout", "ca.key"];
  openssl("req", "-x509", "-days", "2", ...key, "-subj", "/CN=authority", "-out", "ca.crt");
  renewCertificate();
}

/**
 * Returns ports below those that the system gives to clients, so that no client takes one before the fleet has started.
 *
 * @param {number} count
 */
async function freePorts(count) {
  /** @type {Set<number>} */
  const ports = new Set();
  while (ports.size < count) {
    const port = randomInt(20_000, 32_000);
    if (await isFree(port)) ports.add(port);
  }
  return [...ports];
}

/**
 * @param {number} port
 * @returns {Promise<boolean>}
 */
function isFree(port) {
  return new Promise((resolve) => {
    const server = net.createServer().once("error", () => resolve(false));
    server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
  });
}

/**
 * @param {() => boolean | Promise<boolean>} condition
 * @param {string} what
 */
async function until(condition, what) {
  const end = performance.now() + PATIENCE;
  while (!(await condition())) {
    if (performance.now() > end) throw new Error(`Waited in vain for ${what}.`);
    await sleep(10);
  }
}

/** @param {number} port */
async function listens(port) {
  const socket = net.connect(port, "127.0.0.1");
  const isOpen = await once(socket, "connect").then(
    () => true,
    () => false,
  );
  socket.destroy();
  return isOpen;
}

/** A process that serves. */
class Instance {
  /** @type {import("node:child_process").ChildProcess} */
  #process;
  /** @type {Promise<unknown>} */
  #ended;

  /**
   * @param {number} port
   * @param {number} adminPort
   */
  constructor(port, adminPort) {
    this.port = port;
    this.adminPort = adminPort;
    this.#process = this.#start();
    this.#ended = once(this.#process, "exit");
  }

  #start() {
    const args = [way, String(this.port), String(this.adminPort), CERTIFICATE];
    return fork(SERVER, args, { stdio: ["ignore", "ignore", "inherit", "ipc"] });
  }

  async ready() {
    await until(() => listens(this.port), "an instance to listen");
    await until(() => listens(this.adminPort), "its health checks");
  }

  async restart() {
    await this.#ended;
    this.#process = this.#start();
    this.#ended = once(this.#process, "exit");
    await this.ready();
  }

  /** @param {NodeJS.Signals} name */
  signal(name) {
    this.#process.kill(name);
  }

  /** Returns the seconds from the signal to the end. */
  async drain() {
    const began = performance.now();
    this.signal("SIGTERM");
    await this.#ended;
    return (performance.now() - began) / 1000;
  }

  async killed() {
    this.signal("SIGKILL");
    await this.#ended;
  }

  /** @param {number} count */
  async limit(count) {
    const told = once(this.#process, "message");
    this.#process.send(count);
    await told;
  }

  /** Returns the serial number of its certificate. */
  async serialNumber() {
    const socket = connectTLS({ port: this.port, host: "127.0.0.1", rejectUnauthorized: false });
    try {
      await once(socket, "secureConnect");
      return socket.getPeerCertificate().serialNumber;
    } finally {
      socket.destroy();
    }
  }
}

/** Clients that keep their connections, and send GET and POST in turn. They repeat nothing. */
class Load {
  answered = 0;
  /** @type {{ began: number, what: string }[]} */
  failed = [];
  #isOver = false;
  #agent = new http.Agent({ keepAlive: true, maxSockets: clients });

  /** @param {number} port */
  constructor(port) {
    this.port = port;
    this.ended = Promise.all(Array.from({ length: clients }, (_, number) => this.#loop(number)));
  }

  /** @param {number} number */
  async #loop(number) {
    for (let count = number; !this.#isOver; count++) {
      const method = count % 4 === 0 ? "POST" : "GET";
      const began = performance.now();
      const seen = await this.#ask(method);
      if (seen === "200 answered\n") this.answered++;
      else this.failed.push({ began, what: `${method}: ${seen}` });
      if (pause > 0) await sleep(pause);
    }
  }

  /** @param {string} method */
  async #ask(method) {
    try {
      const request = http.request({ port: this.port, host: "127.0.0.1", agent: this.#agent, method });
      request.end(method === "POST" ? "content" : undefined);
      const [response] = /** @type {[http.IncomingMessage]} */ (await once(request, "response"));
      return `${response.statusCode} ${await text(response)}`;
    } catch (error) {
      return String(error);
    }
  }

  async end() {
    this.#isOver = true;
    await this.ended;
    this.#agent.destroy();
  }
}

/** @param {readonly number[]} ports - of HAProxy, then of the instances and their health checks */
function configuration([front, ...ports]) {
  const servers = [0, 1, 2].map((at) => `server s${at} 127.0.0.1:${ports[at]} port ${ports[at + 3]}`);
  return `
global
    maxconn 1000
    stats socket ${STATS}
defaults
    mode http
    timeout connect 2s
    timeout client 30s
    timeout server 30s
    timeout check 2s
    retries 3
    option redispatch 1
    retry-on conn-failure empty-response
frontend site
    bind 127.0.0.1:${front}
    http-request disable-l7-retry unless METH_GET
    default_backend instances
backend instances
    balance roundrobin
    option httpchk GET /healthz
    default-server check inter 200ms fall 1 rise 1 ssl verify required ca-file ca.crt no-check-ssl
    ${servers.join("\n    ")}
`;
}

makeCertificates();
const ports = await freePorts(7);
const [front = 0] = ports;
const fleet = [0, 1, 2].map((at) => new Instance(ports[at + 1] ?? 0, ports[at + 4] ?? 0));
/** @type {import("node:child_process").ChildProcess | undefined} */
let proxy;
/** @type {Row[]} */
const rows = [];
try {
  await Promise.all(fleet.map((instance) => instance.ready()));
  writeFileSync(join(folder, "haproxy.cfg"), configuration(ports));
  proxy = spawn("haproxy", ["-db", "-f", "haproxy.cfg"], {
    cwd: folder,
    stdio: ["ignore", "ignore", "inherit"],
  });
  await until(() => listens(front), "HAProxy to listen");
  await allUp();
  const load = new Load(front);

  /**
   * Counts the outcomes of requests during an event, and until enough requests were answered.
   *
   * @param {string} event
   * @param {() => Promise<number[] | void>} work - returns seconds that draining took
   * @param {() => number} killedAt - requests that began before may have been lost
   */
  const during = async (event, work, killedAt = () => 0) => {
    const [answered, failed] = [load.answered, load.failed.length];
    const drained = (await work()) ?? [];
    await until(() => load.answered >= answered + requests, "responses");
    const lost = load.failed.slice(failed);
    rows.push({
      event,
      requests: load.answered - answered + lost.length,
      failed: lost.map(({ what }) => what),
      excused: lost.filter(({ began }) => began < killedAt()).length,
      drained,
    });
  };
  const more = async (count = clients * 5) => {
    const before = load.answered;
    await until(() => load.answered > before + count, "responses");
  };
  const [first, second, third] = /** @type {[Instance, Instance, Instance]} */ (fleet);

  await during("nothing happens", async () => {});
  await during("certificates are renewed", async () => {
    const before = await first.serialNumber();
    renewCertificate();
    for (const instance of fleet) {
      instance.signal("SIGHUP");
      await until(async () => (await instance.serialNumber()) !== before, "the new certificate");
    }
  });
  await during("a restart of all with them, one after the other", async () => {
    const drained = [];
    for (const instance of fleet) {
      drained.push(await instance.drain());
      await instance.restart();
      await allUp();
    }
    return drained;
  });
  let killed = 0;
  await during(
    "an instance is killed",
    async () => {
      await first.killed();
      killed = performance.now();
      await more();
      await first.restart();
      await allUp();
    },
    () => killed,
  );
  await during("an instance is stopped for a while (SIGSTOP)", async () => {
    second.signal("SIGSTOP");
    await sleep(stall);
    second.signal("SIGCONT");
    await allUp();
  });
  await during("an instance is full", async () => {
    await third.limit(1);
    await more(requests);
    await third.limit(10_000);
  });
  await load.end();
} finally {
  proxy?.kill("SIGKILL");
  for (const instance of fleet) instance.signal("SIGKILL");
  rmSync(folder, { recursive: true, force: true });
}

if (values.json) console.log(JSON.stringify(rows));
else {
  console.log(`| With ${way} | Requests | Failed | Seconds to drain |\n| --- | --- | --- | --- |`);
  for (const { event, requests: count, failed, excused, drained } of rows) {
    const lost = failed.length === 0 ? "0" : `${failed.length}, of which the killed one had ${excused}`;
    const seconds = drained.map((one) => one.toFixed(1)).join(", ") || "–";
    console.log(`| ${event} | ${count.toLocaleString("en")} | ${lost} | ${seconds} |`);
  }
  for (const { event, failed } of rows)
    if (failed.length > 0) console.error(`${event}: ${[...new Set(failed)].join("; ")}`);
}
