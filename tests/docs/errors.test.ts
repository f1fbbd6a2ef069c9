import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import {
  BaseHTTPRequestHandler,
  CertificateError,
  CodedError,
  DirectoryError,
  DisconnectedError,
  IncompleteReadError,
  ResponseError,
  ServerError,
  ThreadingHTTPServer,
  TimeoutError,
  WorkerError,
} from "pyserve";
import { PROTOCOL_ERRORS } from "#src/http1/protocol-error.js";
import { codeIn, ROOT } from "./markdown.js";
import { pageAt } from "./pages.js";

const PAGE = "docs/errors.md";
const { anchors, tables } = pageAt(PAGE);

/** The page's table of client mistakes, by code. */
const statuses = new Map(
  tables
    .filter(([heading]) => heading?.[0] === "Code")
    .flatMap(([, ...rows]) => rows)
    .map(([code = "", status = ""]) => [codeIn(code)[0] ?? "", status]),
);

/** Not a code, but an environment variable. */
const VARIABLE = "PYSERVE_AUTH";

/** Every code with a heading: those in the sources, and the system's. */
function codes(): string[] {
  const sources = readdirSync(join(ROOT, "src"), { encoding: "utf8", recursive: true })
    .filter((name) => name.endsWith(".ts"))
    .map((name) => readFileSync(join(ROOT, "src", name), "utf8"));
  const spelled = sources.flatMap((text) => text.match(/(?<=")PYSERVE_[A-Z_]+(?=")/g) ?? []);
  const systems = [
    new DisconnectedError("").code,
    new DisconnectedError("", "EPIPE").code,
    new TimeoutError().code,
  ];
  return [...new Set([...spelled, ...systems])].filter((code) => code !== VARIABLE).sort();
}

test(`${PAGE} has a heading for every code that an error can have, and for no other`, () => {
  const headings = [...anchors].filter(
    (anchor) => /^(?:pyserve_|e[a-z]+$)/.test(anchor) && anchor !== "errors",
  );
  assert.deepEqual(
    headings.sort(),
    codes()
      .map((code) => code.toLowerCase())
      .sort(),
  );
});

test(`${PAGE} has a row for every way in which a client can break the protocol`, () => {
  assert.deepEqual([...statuses.keys()].sort(), Object.keys(PROTOCOL_ERRORS).sort());
});

for (const [code, [status]] of Object.entries(PROTOCOL_ERRORS)) {
  test(`${PAGE} has the status of ${code}`, () => {
    assert.equal(statuses.get(code), String(status));
  });
}

const EXAMPLES: readonly CodedError[] = [
  new ServerError("PYSERVE_SERVER_CLOSED", "message"),
  new WorkerError("PYSERVE_WORKER_DIED", "message"),
  new ResponseError("PYSERVE_HEAD_NOT_ENDED", "message"),
  new CertificateError("message"),
  new DirectoryError("message"),
  new IncompleteReadError(Buffer.from("ab"), 3),
];

for (const error of EXAMPLES) {
  test(`${error.name} says where ${PAGE} explains it`, () => {
    assert.ok(error instanceof CodedError);
    const [page, anchor = ""] = error.help.split("#");
    assert.equal(page, `pyserve/${PAGE}`);
    assert.ok(anchors.has(anchor), anchor);
    assert.equal(anchor, error.code.toLowerCase());
  });
}

test("handle_error prints the page that explains an error, below its stack", async (t) => {
  const print = t.mock.method(console, "error", () => {});
  await using server = new ThreadingHTTPServer(["127.0.0.1", 0], BaseHTTPRequestHandler, {
    bind_and_activate: false,
  });
  await server.handle_error(undefined as never, undefined as never, EXAMPLES[2]);
  const printed = String(print.mock.calls[0]?.arguments);
  assert.match(
    printed,
    /\nResponseError: message\n[\s\S]+\nSee pyserve\/docs\/errors\.md#pyserve_head_not_ended\n-+$/,
  );
});
