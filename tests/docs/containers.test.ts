import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import ts from "typescript";
import { parse } from "yaml";
import { temporaryTree } from "../support/file-server.js";
import { freePort } from "../support/programs.js";
import { ROOT } from "./markdown.js";
import { pageAt } from "./pages.js";

const { blocks } = pageAt("docs/how-to/run-in-a-container.md");

function blockWith(language: string, text: string): string {
  const block = blocks.find((one) => one.language === language && one.text.includes(text));
  assert.ok(block, `a block of ${language} with ${text}`);
  return block.text;
}

type Value = readonly [type: string, module: string, value: unknown];

/** Returns the compiler's errors for each value as one of Kubernetes' types. */
function complaints(values: readonly Value[]): string[][] {
  const folder = join(ROOT, "build", "kubernetes", String(process.pid));
  mkdirSync(folder, { recursive: true });
  const files = values.map(([type, module, value], at) => {
    const file = join(folder, `${at}.ts`);
    const from = `import type { ${type} } from "kubernetes-types/${module}.js";`;
    writeFileSync(file, `${from}\nexport const it: ${type} = ${JSON.stringify(value)};`);
    return file;
  });
  const module = { module: ts.ModuleKind.NodeNext, moduleResolution: ts.ModuleResolutionKind.NodeNext };
  const options = { ...module, strict: true, noEmit: true, types: [], skipLibCheck: true };
  const program = ts.createProgram(files, options);
  const found = files.map((file) => ts.getPreEmitDiagnostics(program, program.getSourceFile(file)));
  rmSync(folder, { recursive: true });
  return found.map((messages) =>
    messages.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, "\n")),
  );
}

interface Manifest {
  readonly spec: { readonly template: { readonly spec: PodSpec } };
}
interface PodSpec {
  readonly terminationGracePeriodSeconds: number;
  readonly containers: readonly [Container];
}
type Probe = { readonly httpGet: { readonly path: string; readonly port: string } };
interface Container {
  readonly args: readonly string[];
  readonly ports: readonly { readonly name: string; readonly containerPort: number }[];
  readonly readinessProbe: Probe;
  readonly livenessProbe: Probe;
}

const MANIFEST: Manifest = parse(blockWith("yaml", "kind: Deployment"));

test("the manifest for Kubernetes is valid, and the check detects a mistake", () => {
  const { lifecycle } = parse(blockWith("yaml", "preStop"));
  const text = JSON.stringify(MANIFEST);
  const mistaken = [
    ['"readinessProbe"', '"readynessProbe"'],
    ['"replicas":3', '"replicas":"3"'],
    ['"httpGet":{"path"', '"httpGet":{"paht"'],
  ].map(([right = "", wrong = ""]): Value => {
    assert.ok(text.includes(right));
    return ["Deployment", "apps/v1", JSON.parse(text.replace(right, wrong))];
  });
  const [manifest, hook, ...mistakes] = complaints([
    ["Deployment", "apps/v1", MANIFEST],
    ["Lifecycle", "core/v1", lifecycle],
    ...mistaken,
  ]);
  assert.deepEqual([manifest, hook], [[], []]);
  for (const found of mistakes) assert.equal(found.length, 1, String(found));
});

test("the manifest gives the server more time than draining takes, and checks paths that it serves", () => {
  const { terminationGracePeriodSeconds, containers } = MANIFEST.spec.template.spec;
  const [{ args, ports, readinessProbe, livenessProbe }] = containers;
  const secondsOf = (option: string) => Number(args[args.indexOf(option) + 1]);
  assert.ok(secondsOf("--drain-delay") + secondsOf("--drain-timeout") < terminationGracePeriodSeconds);
  const portOf = (probe: Probe) => ports.find(({ name }) => name === probe.httpGet.port)?.containerPort;
  const admin = Number(args[args.indexOf("--admin") + 1]?.replace(/.*:/, ""));
  assert.deepEqual([portOf(readinessProbe), portOf(livenessProbe)], [admin, admin]);
  assert.equal(ports[0]?.containerPort, Number(args[0]));
  assert.deepEqual([readinessProbe.httpGet.path, livenessProbe.httpGet.path], ["/healthz", "/healthz/live"]);
});

/** The words of an instruction of the Dockerfile. */
function wordsOf(dockerfile: string, instruction: string): string[] {
  const [, words = "[]"] = new RegExp(`^${instruction} .*?(\\[.*\\])$`, "m").exec(dockerfile) ?? [];
  return JSON.parse(words);
}

// Only root can start processes of another user, as the image does.
const OTHER_USER = process.geteuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {};

test("the program of the image serves as another user on a read-only disk, and its health check passes", async (t) => {
  const dockerfile = blockWith("dockerfile", "ENTRYPOINT");
  assert.match(dockerfile, /^USER node$/m);
  assert.deepEqual(wordsOf(dockerfile, "ENTRYPOINT"), ["pyserve"]);
  const port = String(await freePort());
  const own = (words: readonly string[]) => words.map((word) => word.replace("8000", port));
  const directory = temporaryTree(t, { "index.html": "served" });
  chmodSync(directory, 0o555);
  const options = { cwd: directory, ...OTHER_USER, env: { PATH: process.env.PATH } };
  const [, ...check] = own(wordsOf(dockerfile, "HEALTHCHECK"));
  const health = () => spawnSync(process.execPath, check, options).status;
  assert.equal(health(), 1);
  const command = join(ROOT, "dist", "cli", "main.js");
  const server = spawn(process.execPath, [command, ...own(wordsOf(dockerfile, "CMD"))], options);
  t.after(() => server.kill("SIGKILL"));
  await once(server.stdout, "data");
  assert.equal(health(), 0);
  assert.equal(await (await fetch(`http://127.0.0.1:${port}/`)).text(), "served");
  const ended = once(server, "exit");
  server.kill("SIGTERM");
  assert.deepEqual(await ended, [0, null]);
});
