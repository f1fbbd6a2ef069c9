import assert from "node:assert/strict";
import * as dgram from "node:dgram";
import type { Socket } from "node:net";
import { Duplex } from "node:stream";
import test, { after } from "node:test";
import * as pyserve from "pyserve";
import * as httpServer from "pyserve/http/server";
import * as socketserver from "pyserve/socketserver";
import { OPTIONS } from "#src/cli/options.js";
import { codeIn } from "../docs/markdown.js";
import { pageAt } from "../docs/pages.js";
import { PYTHON_API, type PythonName } from "./python-api.js";

const DIFFERENCES = "docs/differences.md";
const MODULES: Readonly<Record<PythonName["module"], object>> = {
  socketserver,
  "http.server": httpServer,
};

/** The names in the first column of the tables that begin with "Name": names that are missing or different here. */
const documented: ReadonlySet<string> = new Set(
  pageAt(DIFFERENCES)
    .tables.filter(([heading]) => heading?.[0] === "Name")
    .flatMap(([, ...rows]) => rows.flatMap(([name = ""]) => codeIn(name))),
);

/** Has the two methods that Python's `BaseServer` leaves to its subclasses. */
class SmallestServer extends pyserve.BaseServer<null, string> {
  override get_request(): readonly [null, string] {
    return [null, ""];
  }
  override fileno(): number {
    return -1;
  }
  protected override has_waiting_request(): boolean {
    return false;
  }
  protected override ready_to_serve(): void {}
}

// Each instance is in the state in which hooks see it: a server before it is bound, a handler after `setup`.
const sockets = dgram.createSocket("udp4").unref();
after(() => sockets.close());
const UNBOUND = { bind_and_activate: false };
const tcpServer = new pyserve.TCPServer<pyserve.InetAddress>(
  ["localhost", 0],
  pyserve.BaseRequestHandler,
  UNBOUND,
);
const udpServer = new pyserve.UDPServer(["localhost", 0], pyserve.BaseRequestHandler, UNBOUND);
const httpServerInstance = new pyserve.HTTPServer(["localhost", 0], pyserve.BaseHTTPRequestHandler, UNBOUND);

class ThreadingServer extends pyserve.ThreadingMixIn(pyserve.TCPServer) {}
class ForkingServer extends pyserve.ForkingMixIn(pyserve.TCPServer) {}

/** Stand-ins for classes that have no instances. */
const STAND_INS: Readonly<Record<string, object | undefined>> = {
  BaseServer: SmallestServer,
  ThreadingMixIn: ThreadingServer,
  ForkingMixIn: ForkingServer,
};

const instances: readonly object[] = [
  new SmallestServer("", pyserve.BaseRequestHandler),
  tcpServer,
  udpServer,
  new pyserve.UnixStreamServer("/nowhere", pyserve.BaseRequestHandler, UNBOUND),
  new ThreadingServer(["localhost", 0], pyserve.BaseRequestHandler, UNBOUND),
  new ForkingServer(["localhost", 0], pyserve.BaseRequestHandler, UNBOUND),
  httpServerInstance,
  new pyserve.ThreadingHTTPServer(["localhost", 0], pyserve.BaseHTTPRequestHandler, UNBOUND),
  new pyserve.HTTPSServer(["localhost", 0], pyserve.BaseHTTPRequestHandler, UNBOUND),
  new pyserve.ThreadingHTTPSServer(["localhost", 0], pyserve.BaseHTTPRequestHandler, UNBOUND),
  new pyserve.BaseRequestHandler<pyserve.TCPServer>(connection(), ["127.0.0.1", 1], tcpServer),
  setUp(new pyserve.StreamRequestHandler(connection(), ["127.0.0.1", 1], tcpServer)),
  setUp(new pyserve.DatagramRequestHandler([Buffer.from("x"), sockets], ["127.0.0.1", 1], udpServer)),
  setUp(new pyserve.BaseHTTPRequestHandler(connection(), ["127.0.0.1", 1], httpServerInstance)),
  setUp(new pyserve.SimpleHTTPRequestHandler(connection(), ["127.0.0.1", 1], httpServerInstance)),
];

function connection(): Socket {
  return new Duplex({ read() {}, write: (_bytes, _encoding, done) => done() }) as Socket;
}

function setUp<Handler extends pyserve.BaseRequestHandler>(handler: Handler): Handler {
  void handler.setup();
  return handler;
}

/**
 * Returns the objects that have a class's members: the class and an instance. Like Python's `hasattr`, it
 * includes the bases.
 */
function holdersOf(owner: string): readonly object[] {
  const Class = STAND_INS[owner] ?? (pyserve as unknown as Record<string, object | undefined>)[owner];
  return Class === undefined ? [] : [Class, ...instances.filter((it) => it.constructor === Class)];
}

function exists({ module, owner, name, kind }: PythonName): boolean {
  if (kind === "option") return OPTIONS.some(({ long }) => name.replace(/^--/, "") === long);
  if (owner === "") return name in MODULES[module] && name in pyserve;
  const member = name === "__init__" ? "constructor" : name;
  return holdersOf(owner).some((holder) => member in holder);
}

/** `TCPServer.socket`; `--bind`; `HTTPServer`. */
function fullName({ owner, name, kind }: PythonName): string {
  return owner === "" || kind === "option" ? name : `${owner}.${name}`;
}

/** True if the page names it, or its class. */
function isDocumented(row: PythonName): boolean {
  return documented.has(fullName(row)) || documented.has(row.owner);
}

for (const row of PYTHON_API) {
  test(`${row.module}: ${fullName(row)} exists under its name, or ${DIFFERENCES} names it`, () => {
    assert.ok(exists(row) || isDocumented(row), `${fullName(row)} is neither there nor in ${DIFFERENCES}`);
  });
}

test(`${DIFFERENCES} names nothing that exists, and nothing that Python has not`, () => {
  const missing = new Set(PYTHON_API.filter((row) => !exists(row)).map(fullName));
  assert.deepEqual(
    [...documented].filter((name) => !missing.has(name)),
    [],
  );
});

test("each mirrored class has a counterpart to ask", () => {
  const owners = new Set(PYTHON_API.filter(({ kind }) => kind !== "option").map(({ owner }) => owner));
  const mirrored = [...owners].filter((owner) => owner !== "" && !documented.has(owner));
  const unknown = mirrored.filter((owner) => holdersOf(owner).length < 2);
  assert.deepEqual(unknown, []);
});

test(`${DIFFERENCES} has a test for each difference`, () => {
  const rows = pageAt(DIFFERENCES)
    .tables.filter(([heading]) => heading?.[0] === "Python")
    .flatMap(([, ...rows]) => rows);
  const without = rows.filter(
    ([, , , tests = ""]) => !/\]\(\.\.\/tests\/[a-z0-9/.-]+\.test\.ts\)/.test(tests),
  );
  assert.deepEqual(without, []);
});

const FROM_PYTHON = "docs/from-python.md";

/** Returns the names of a class and its instances that Python's class, its bases and our bases lack. */
function addedNames(Class: abstract new (...args: never[]) => object): string[] {
  const python = new Set(PYTHON_API.map(({ name }) => name));
  const own = [
    ...Object.getOwnPropertyNames(Class.prototype),
    ...Object.getOwnPropertyNames(Class).filter(
      (name) => !["length", "name", "prototype", "module"].includes(name),
    ),
  ];
  return [...new Set(own)].filter((name) => name !== "constructor" && !python.has(name)).sort();
}

const ADDING = {
  BaseServer: pyserve.BaseServer,
  SocketServer: Object.getPrototypeOf(pyserve.TCPServer) as typeof pyserve.TCPServer,
  TCPServer: pyserve.TCPServer,
  UDPServer: pyserve.UDPServer,
  UnixStreamServer: pyserve.UnixStreamServer,
  HTTPServer: pyserve.HTTPServer,
  HTTPSServer: pyserve.HTTPSServer,
  BaseRequestHandler: pyserve.BaseRequestHandler,
  StreamRequestHandler: pyserve.StreamRequestHandler,
  DatagramRequestHandler: pyserve.DatagramRequestHandler,
  BaseHTTPRequestHandler: pyserve.BaseHTTPRequestHandler,
  SimpleHTTPRequestHandler: pyserve.SimpleHTTPRequestHandler,
};

const added = Object.fromEntries(
  Object.entries(ADDING)
    .map(([name, Class]) => [name, addedNames(Class)] as const)
    .filter(([, names]) => names.length > 0),
);

test(`${FROM_PYTHON} lists every name that Python lacks`, () => {
  const [, ...rows] =
    pageAt(FROM_PYTHON).tables.find(([heading]) => heading?.[1] === "Names that Python lacks") ?? [];
  const listed = Object.fromEntries(
    rows.map(([owner = "", names = ""]) => [codeIn(owner)[0], codeIn(names)]),
  );
  assert.deepEqual(listed, added);
});
