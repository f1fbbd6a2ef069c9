import assert from "node:assert/strict";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { type AddressInfo, connect, createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { describe, type TestContext, test } from "node:test";
import { pathToFileURL } from "node:url";
import { loadHandler } from "#src/cli/handler-module.js";
import { UsageError } from "#src/cli/option.js";
import { ask, endOf, LOCAL, serveCommand, startCommand } from "../support/command.js";
import { PYSERVE } from "../support/published.js";
import { until } from "../support/servers.js";

const directory = mkdtempSync(join(tmpdir(), "pyserve-serving-"));
process.on("exit", () => rmSync(directory, { recursive: true }));
writeFileSync(join(directory, "hello.txt"), "hello\n");
writeFileSync(join(directory, "page.log"), "log\n");
writeFileSync(join(directory, "start.html"), "start\n");
writeFileSync(join(directory, "user.txt"), "user:from-file\n");
mkdirSync(join(directory, "conf"));

const here = { cwd: directory };

/** A port of another program. */
async function taken(t: TestContext, ...where: [port: number, host: string]): Promise<number> {
  const server: Server = createServer().listen(...where);
  t.after(() => server.close());
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}

describe("addresses of pyserve", () => {
  test("`pyserve` takes the next port if 8000 is in use and was not requested, and reports it", async (t) => {
    // Another program may use it already; the result is the same.
    await taken(t, 8000, "127.0.0.1").catch(() => {});
    const { port, stop } = await serveCommand(t, ["-q", "-b", "127.0.0.1"], here);
    assert.ok(port > 8000 && port < 8020, String(port));
    assert.equal((await ask(port, "/hello.txt")).body, "hello\n");
    assert.equal(await stop(), `Port 8000 is in use. The next free port is ${port}.\n`);
  });

  test("`pyserve` takes no other port if 8000 was requested", async (t) => {
    await taken(t, 8000, "127.0.0.1").catch(() => {});
    const errors =
      "pyserve: error: port 8000 is in use by another program: choose another one, or 0 for any free port\n";
    assert.deepEqual(await endOf(startCommand(t, ["-b", "127.0.0.1", "8000"], here)), {
      output: "",
      errors,
      status: 2,
    });
  });

  test("`pyserve --listen` listens on all addresses, and removes its socket at the end", async (t) => {
    const argv = ["-q", "--listen", "127.0.0.1:0", "--listen", "unix:a.sock"];
    const { child, port, printed } = await serveCommand(t, argv, here);
    assert.equal(printed.split("\n")[1], "Serving HTTP on unix:a.sock ...");
    for (const where of [port, join(directory, "a.sock")])
      assert.equal((await ask(where, "/hello.txt")).body, "hello\n");
    child.kill("SIGINT");
    await once(child, "exit");
    assert.ok(!existsSync(join(directory, "a.sock")));
  });

  test("`pyserve --trusted-proxy` logs the client of a listed proxy, on ports and on sockets", async (t) => {
    const argv = ["--listen", "127.0.0.1:0", "--listen", "unix:b.sock"];
    for (const [trusted, ...clients] of [
      [["--trusted-proxy", "127.0.0.0/8", "--trusted-proxy", "unix"], "192.0.2.7", "192.0.2.7"],
      [["--trusted-proxy", "192.0.2.0/24"], "127.0.0.1", "-"],
    ] as const) {
      const { port, stop } = await serveCommand(t, [...argv, ...trusted], here);
      const headers = { "X-Forwarded-For": "198.51.100.1, 192.0.2.7" };
      for (const where of [port, join(directory, "b.sock")]) await ask(where, "/hello.txt", headers);
      const lines = (await stop()).split("\n").filter((line) => line.includes("hello.txt"));
      assert.deepEqual(
        lines.map((line) => line.split(" ")[0]),
        clients,
      );
    }
  });

  test("`pyserve --proxy-protocol` logs the client that a listed proxy announces, and needs a proxy", async (t) => {
    const argv = ["--listen", "127.0.0.1:0", "--proxy-protocol"];
    const { port, stop } = await serveCommand(t, [...argv, "--trusted-proxy", "loopback"], here);
    const proxy = connect(port, "127.0.0.1");
    proxy.write("PROXY TCP4 192.0.2.7 192.0.2.1 5000 80\r\nGET /hello.txt HTTP/1.0\r\n\r\n");
    assert.match(await text(proxy), /^HTTP\/1\.[01] 200 OK\r\n/);
    assert.match(await stop(), /^192\.0\.2\.7 - - /m);
    const errors = "pyserve: error: --proxy-protocol needs --trusted-proxy: give the address of the proxy\n";
    assert.deepEqual(await endOf(startCommand(t, argv, here)), { output: "", errors, status: 2 });
  });

  test("`pyserve --listen` replaces a socket that a killed process has left, but none in use", async (t) => {
    const argv = ["-q", "--listen", "unix:left.sock"];
    const path = join(directory, "left.sock");
    const first = await serveCommand(t, argv, here);
    const inUse = "'unix:left.sock' is in use: another program listens there, or it is not a socket";
    assert.deepEqual(await endOf(startCommand(t, argv, here)), {
      output: "",
      errors: `pyserve: error: ${inUse}\n`,
      status: 2,
    });
    assert.equal((await ask(path, "/hello.txt")).body, "hello\n");

    first.child.kill("SIGKILL");
    await once(first.child, "exit");
    assert.ok(existsSync(path));
    const second = await serveCommand(t, argv, here);
    assert.equal((await ask(path, "/hello.txt")).body, "hello\n");
    assert.equal(await second.stop(), "");
  });

  test("`pyserve --listen fd:3` serves a socket that it inherits", async (t) => {
    const listener = createServer().listen(0, "127.0.0.1");
    await once(listener, "listening");
    const { port } = listener.address() as AddressInfo;
    const { fd } = (listener as unknown as { _handle: { fd: number } })._handle;
    const command = await serveCommand(t, ["-q", "--listen", "fd:3"], { ...here, fd });
    listener.close();
    assert.equal(command.port, port);
    assert.equal((await ask(port, "/hello.txt")).body, "hello\n");
  });

  test("`pyserve` listens nowhere if one address fails", async (t) => {
    const port = await taken(t, 0, "127.0.0.1");
    const argv = ["--listen", "unix:none.sock", "--listen", `127.0.0.1:${port}`];
    const { output, errors, status } = await endOf(startCommand(t, argv, here));
    assert.deepEqual([output, status], ["", 2]);
    assert.match(errors, /^pyserve: error: port \d+ is in use by another program: .*\n$/);
    assert.ok(!existsSync(join(directory, "none.sock")));
  });
});

/** For handlers that the test itself loads. */
const OURS = import.meta.resolve("#src/index.js");

/** A module with handlers, each of which answers with its name. */
function writeHandlers(name: string, exported: string, pyserve = PYSERVE): string {
  writeFileSync(
    join(directory, name),
    `import { BaseHTTPRequestHandler, SimpleHTTPRequestHandler } from ${JSON.stringify(pyserve)};
     import { threadId } from "node:worker_threads";
     class Base extends BaseHTTPRequestHandler {
       do_GET() {
         this.send_response(200);
         this.end_headers();
         this.wfile.write([this.constructor.name, this.sys_version, this.log_format, threadId > 0].join(" "));
       }
     }
     class One extends Base {
       static sys_version = "own";
     }
     class Two extends Base {}
     ${exported}`,
  );
  return name;
}

describe("pyserve --handler", { concurrency: 2 }, () => {
  const rows = [
    { exported: "export default One;", choice: "" },
    { exported: "export default One; export { Two };", choice: "" },
    { exported: "export { One }; export const other = 1;", choice: "" },
    { exported: "export default 1; export { One, One as Again };", choice: "" },
    { exported: "export { One, Two };", choice: "#One" },
  ];
  for (const [at, { exported, choice }] of rows.entries()) {
    test(`\`pyserve --handler FILE${choice}\` finds the class of \`${exported}\``, async () => {
      const file = join(directory, writeHandlers(`handlers-${at}.mjs`, exported, OURS));
      const found = await loadHandler(`${file}${choice}`);
      assert.ok("Handler" in found, String(found));
      assert.deepEqual([found.Handler.name, found.module], ["One", pathToFileURL(file).href]);
    });
  }

  test("`pyserve --handler FILE#One` serves with a class of the file", async (t) => {
    const file = writeHandlers("handlers.mjs", "export { One, Two };");
    const { port, stop } = await serveCommand(t, ["--handler", `${file}#One`, "-q", ...LOCAL], here);
    assert.equal((await ask(port, "/")).body, "One own none false");
    assert.equal(await stop(), "");
  });

  test("`pyserve --handler` lists the classes to choose from", async () => {
    const found = await loadHandler(
      join(directory, writeHandlers("several.mjs", "export { One, Two };", OURS)),
    );
    assert.ok(found instanceof UsageError);
    assert.match(
      found.message,
      /several\.mjs' exports several handler classes: choose one of them with #NAME: One, Two$/,
    );
  });

  test("`pyserve --handler` serves in threads, if Node supports them", async (t) => {
    const { supportsThreads } = await import("#src/socketserver/threading-mixin.js");
    const threads = supportsThreads() ? "2" : "0";
    for (const exported of ["export { One };", "export default class extends One {}"]) {
      const file = writeHandlers(`threads-${exported.length}.mjs`, exported);
      const argv = ["--handler", file, "--threads", threads, "-q", ...LOCAL];
      const { port } = await serveCommand(t, argv, here);
      assert.match((await ask(port, "/")).body, new RegExp(`^(One|default) own none ${supportsThreads()}$`));
    }
  });

  test("`pyserve --handler` runs TypeScript if Node can, and otherwise reports that it can't", async (t) => {
    writeFileSync(
      join(directory, "typed.ts"),
      `import { BaseHTTPRequestHandler } from ${JSON.stringify(PYSERVE)};
       export class Typed extends BaseHTTPRequestHandler {
         do_GET(): void { const code: number = 418; this.send_error(code); }
       }`,
    );
    const argv = ["--handler", "typed.ts", "-q", ...LOCAL];
    if (process.features.typescript) {
      const { port } = await serveCommand(t, argv, here);
      assert.equal((await ask(port, "/")).statusCode, 418);
    } else {
      const { errors, status } = await endOf(startCommand(t, argv, here));
      assert.match(
        errors,
        /^pyserve: error: 'typed\.ts' can't be loaded: Node v.* can't run such files: compile it/,
      );
      assert.equal(status, 2);
    }
  });

  test("`handler` in a config file is relative to the file", async (t) => {
    writeHandlers("conf/mine.mjs", "export { One, Two };");
    writeFileSync(
      join(directory, "conf", "pyserve.json"),
      JSON.stringify({ handler: "mine.mjs#Two", quiet: true }),
    );
    const { port } = await serveCommand(t, ["-c", "conf/pyserve.json", ...LOCAL], here);
    assert.match((await ask(port, "/")).body, /^Two /);
  });
});

describe("output of pyserve", { concurrency: 2 }, () => {
  // tests/http tests the formats. This test shows that the option reaches the log.
  test("`pyserve --log-format json` logs in this format", async (t) => {
    const { port, stop } = await serveCommand(t, ["--log-format", "json", ...LOCAL], here);
    await ask(port, "/hello.txt");
    assert.match(await stop(), /^\{"time":.*"status":200,"bytes":6,"duration_ms":\d.*\}\n$/);
  });

  test("`pyserve --auth` warns that others can see it, and a config file does not", async (t) => {
    const { stop } = await serveCommand(t, ["-q", "--auth", "a:b", ...LOCAL], here);
    const warning = "others on this machine can see the password: use --auth-file or PYSERVE_AUTH";
    assert.equal(await stop(), `pyserve: warning: ${warning}\n`);
    writeFileSync(join(directory, "auth.json"), '{ "auth": "a:b" }');
    const silent = await serveCommand(t, ["-q", "-c", "auth.json", ...LOCAL], here);
    assert.equal(await silent.stop(), "");
  });

  test("`pyserve --base docs` prints the URL with it", async (t) => {
    const { printed, port } = await serveCommand(t, ["--base", "docs", ...LOCAL], here);
    assert.ok(printed.includes(`(http://127.0.0.1:${port}/docs/) ...`), printed);
  });

  test("`pyserve --completions` prints them", async (t) => {
    const { output, status } = await endOf(startCommand(t, ["--completions", "bash"], here));
    assert.match(output, /complete -F _pyserve pyserve\n$/);
    assert.equal(status, 0);
  });
});

// class-attributes.test.ts tests the attribute of each option. This test shows that the attributes reach the handler.
describe("effects of the options", { concurrency: 2 }, () => {
  writeFileSync(join(directory, ".secret"), "secret\n");
  writeFileSync(join(directory, "conf", "index.html"), "index\n");
  const login = { Authorization: `Basic ${Buffer.from("user:from-file").toString("base64")}` };
  interface Request {
    readonly path: string;
    readonly headers?: Record<string, string>;
    readonly status: number;
    readonly fields?: Record<string, string>;
  }
  const rows: { argv: string[]; env?: NodeJS.ProcessEnv; requests: Request[] }[] = [
    {
      argv: [],
      requests: [
        { path: "/.secret", status: 404 },
        { path: "/", status: 200 },
      ],
    },
    {
      argv: [
        "--dotfiles",
        "--no-listing",
        "--no-store",
        "--cors",
        "--coop-coep",
        "--mime",
        ".log=text/x-log",
      ],
      requests: [
        { path: "/", status: 404 },
        {
          path: "/.secret",
          status: 200,
          fields: {
            "cache-control": "no-store",
            "access-control-allow-origin": "*",
            "cross-origin-opener-policy": "same-origin",
          },
        },
        { path: "/page.log", status: 200, fields: { "content-type": "text/x-log" } },
      ],
    },
    {
      argv: [
        ...["--base", "/docs", "--index", "start.html", "--dotfile", ".sec*", "--clean-urls", "--spa"],
        ...["--cache", "60", "--allowed-host", "127.0.0.1"],
      ],
      requests: [
        { path: "/hello.txt", status: 404 },
        { path: "/docs/.secret", status: 200 },
        { path: "/docs/", status: 200, fields: { "content-length": "6" } },
        { path: "/docs/start", status: 200 },
        { path: "/docs/conf", headers: { Accept: "text/html" }, status: 301 },
        { path: "/docs/hello.txt", status: 200, fields: { "cache-control": "public, max-age=60" } },
        { path: "/docs/hello.txt", headers: { Host: "b.test" }, status: 421 },
      ],
    },
    ...[{ argv: ["--auth-file", "user.txt"] }, { argv: [], env: { PYSERVE_AUTH: "user:from-file" } }].map(
      (command) => ({
        ...command,
        requests: [
          { path: "/hello.txt", status: 401 },
          { path: "/hello.txt", headers: login, status: 200 },
        ],
      }),
    ),
  ];
  for (const { argv, env = {}, requests } of rows) {
    const told = [...argv, ...Object.keys(env)].join(" ");
    test(`\`pyserve ${told}\` does what its options say`, async (t) => {
      const { port } = await serveCommand(t, [...argv, "-q", ...LOCAL], { ...here, env });
      for (const { path, headers = {}, status, fields = {} } of requests) {
        const reply = await ask(port, path, headers);
        assert.equal(reply.statusCode, status, path);
        for (const [name, value] of Object.entries(fields)) assert.equal(reply.headers[name], value, path);
      }
    });
  }
});

describe("pyserve --open", () => {
  test("`pyserve --open` starts the browser with the URL, and without the password", async (t) => {
    const browser = join(directory, "browser.sh");
    writeFileSync(browser, `printf '%s ' "$1" "$2" "$PYSERVE_AUTH." > opened.part && mv opened.part opened`);
    const env = { BROWSER: `sh ${browser} --new`, PYSERVE_AUTH: "a:b" };
    const { port } = await serveCommand(t, ["--open", "-q", ...LOCAL], { ...here, env });
    await until(() => existsSync(join(directory, "opened")));
    assert.equal(readFileSync(join(directory, "opened"), "utf8"), `--new http://127.0.0.1:${port}/ . `);
  });

  test("`pyserve --open` reports a missing browser, and serves", async (t) => {
    const env = { BROWSER: "/missing/browser" };
    const { child, port, stop } = await serveCommand(t, ["--open", "-q", ...LOCAL], { ...here, env });
    let errors = "";
    child.stderr.on("data", (bytes) => {
      errors += bytes;
    });
    await until(() => errors.endsWith("\n"));
    assert.equal((await ask(port, "/hello.txt")).body, "hello\n");
    assert.equal(await stop(), "pyserve: cannot open a browser: there is no command /missing/browser\n");
  });

  test("`pyserve --open` opens nothing if there is no URL", async (t) => {
    const { child, stop } = await serveCommand(t, ["--open", "-q", "--listen", "unix:b.sock"], here);
    assert.equal(child.exitCode, null);
    assert.equal(await stop(), "pyserve: cannot open a browser: no address has a URL\n");
  });
});
