import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import * as http from "node:http";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { type TestContext, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { freePorts } from "../support/programs.js";
import { until } from "../support/servers.js";
import { ROOT, RunningExample } from "./running-example.js";

const INSTANCE = "behind-haproxy/instance.ts";
const CLIENTS = 16;

function hasHaproxy(): boolean {
  try {
    execFileSync("haproxy", ["-v"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

async function startInstance(t: TestContext, port: number): Promise<RunningExample> {
  const instance = RunningExample.start(t, INSTANCE, [String(port)]);
  await instance.serving();
  return instance;
}

function startProxy(t: TestContext, [site, one, two]: readonly number[]): void {
  const proxy = spawn("haproxy", ["-db", "-f", join(ROOT, "examples", "behind-haproxy", "haproxy.cfg")], {
    env: { ...process.env, SITE_PORT: String(site), ONE_PORT: String(one), TWO_PORT: String(two) },
    stdio: "ignore",
  });
  t.after(() => proxy.kill("SIGKILL"));
}

/**
 * Sends requests again and again, on connections that stay open, and counts the results. Pauses leave the processor to
 * starting instances.
 */
class Load {
  readonly replies = new Map<string, number>();
  readonly #agent = new http.Agent({ keepAlive: true, maxSockets: CLIENTS });
  readonly #port: number;
  readonly #clients: Promise<void>[];
  #isOver = false;

  constructor(port: number) {
    this.#port = port;
    this.#clients = Array.from({ length: CLIENTS }, () => this.#client());
  }

  /** Returns the number of responses from an instance. */
  from(port: number): number {
    return this.replies.get(`Answered by ${port}.\n`) ?? 0;
  }

  async end(): Promise<void> {
    this.#isOver = true;
    await Promise.all(this.#clients);
    this.#agent.destroy();
  }

  async #client(): Promise<void> {
    while (!this.#isOver) {
      const reply = await ask(this.#port, this.#agent);
      this.replies.set(reply, (this.replies.get(reply) ?? 0) + 1);
      await delay(10);
    }
  }
}

async function ask(port: number, agent: http.Agent | false): Promise<string> {
  try {
    const [response] = (await once(http.get({ host: "127.0.0.1", port, agent }), "response")) as [
      http.IncomingMessage,
    ];
    const content = await text(response);
    return response.statusCode === 200 ? content : `${response.statusCode}`;
  } catch (error) {
    return String(error);
  }
}

if (hasHaproxy()) {
  test("behind HAProxy, no request fails while instances are restarted one after another under load", async (t) => {
    const ports = await freePorts(3);
    const [site = 0, ...own] = ports;
    const instances = await Promise.all(own.map((port) => startInstance(t, port)));
    startProxy(t, ports);
    let answer = "";
    for (let tries = 0; tries < 2000 && !answer.startsWith("Answered by"); tries++) {
      await delay(10); // It does not report when it listens, so there is no event to wait for.
      answer = await ask(site, false);
    }

    const load = new Load(site);
    const more = async (port: number) => {
      const count = load.from(port);
      await until(() => load.from(port) > count + 5 * CLIENTS, "the instance to answer");
    };
    for (let round = 0; round < 2; round++) {
      for (const [at, port] of own.entries()) {
        const other = own[1 - at] ?? 0;
        await more(other);
        const ending = instances[at]?.end("SIGTERM");
        assert.equal((await ending)?.status, 0);
        await more(other);
        instances[at] = await startInstance(t, port);
        await more(port);
      }
    }
    await load.end();
    const expected = own.map((port) => `Answered by ${port}.\n`).sort();
    assert.deepEqual([...load.replies.keys()].sort(), expected, JSON.stringify([...load.replies]));
  });
}
