import assert from "node:assert/strict";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { type AddressInfo, connect, createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { describe, type TestContext, test } from "node:test";
import { ask, endOf, LOCAL, serveCommand, startCommand } from "../support/command.js";
import { until } from "../support/servers.js";

const directory = mkdtempSync(join(tmpdir(), "pyserve-serving-"));
process.on("exit", () => rmSync(directory, { recursive: true }));
writeFileSync(join(directory, "hello.txt"), "hello\n");
writeFileSync(join(directory, "page.log"), "log\n");
writeFileSync(join(directory, "start.html"), "start\n");
writeFileSync(join(directory, "user.txt"), "user:from-file\n");
mkdirSync(join(directory, "conf"));

const here = { cwd: directory };

/** Somebody else's port. */
async function taken(t: TestContext, ...where: [port: number, host: string]): Promise<number> {
  const server: Server = createServer().listen(...where);
  t.after(() => server.close());
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}

describe("where pyserve listens", () => {
  test("`pyserve` takes the next port if 8000 is taken and nobody has asked for it, and says so", async (t) => {
    // It makes no difference if another program has it already.
    await taken(t, 8000, "127.0.0.1").catch(() => {});
    const { port, stop } = await serveCommand(t, ["-q", "-b", "127.0.0.1"], here);
    assert.ok(port > 8000 && port < 8020, String(port));
    assert.equal((await ask(port, "/hello.txt")).body, "hello\n");
    assert.equal(await stop(), `Port 8000 is taken: ${port} is the next that is free.\n`);
  });

  test("`pyserve` takes no other port than 8000 if it was asked for", async (t) => {
    await taken(t, 8000, "127.0.0.1").catch(() => {});
    const errors =
      "pyserve: error: port 8000 is taken by another program: try another one, or 0 for any that is free\n";
    assert.deepEqual(await endOf(startCommand(t, ["-b", "127.0.0.1", "8000"], here)), {
      output: "",
      errors,
      status: 2,
    });
  });

  test("`pyserve --listen` listens at all places, and removes its socket in the end", async (t) => {
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
    const errors =
      "pyserve: error: --proxy-protocol needs --trusted-proxy: the address of the proxy that speaks it\n";
    assert.deepEqual(await endOf(startCommand(t, argv, here)), { output: "", errors, status: 2 });
  });

  test("`pyserve --listen` takes over a socket that a killed process has left, and none that is in use", async (t) => {
    const argv = ["-q", "--listen", "unix:left.sock"];
    const path = join(directory, "left.sock");
    const first = await serveCommand(t, argv, here);
    const inUse = "'unix:left.sock' is taken: another program listens there, or it is no socket";
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

  test("`pyserve` listens nowhere if it can't everywhere", async (t) => {
    const port = await taken(t, 0, "127.0.0.1");
    const argv = ["--listen", "unix:none.sock", "--listen", `127.0.0.1:${port}`];
    const { output, errors, status } = await endOf(startCommand(t, argv, here));
    assert.deepEqual([output, status], ["", 2]);
    assert.match(errors, /^pyserve: error: port \d+ is taken by another program: .*\n$/);
    assert.ok(!existsSync(join(directory, "none.sock")));
  });
});

describe("mistakes", () => {
  writeFileSync(join(directory, "empty.mjs"), "export const one = 1;");
  writeFileSync(join(directory, "broken.mjs"), "export const one = ;");
  writeFileSync(join(directory, "throws.mjs"), 'throw new Error("on\\npurpose");');
  writeFileSync(join(directory, "waits.mjs"), "await new Promise(() => {});");
  writeFileSync(join(directory, "busy.mjs"), "setInterval(() => {}, 1000); await new Promise(() => {});");
  writeFileSync(join(directory, "stale.sock"), "");
  const rows: { argv: string[]; env?: NodeJS.ProcessEnv; message: string | RegExp }[] = [
    {
      argv: ["--listen", ":0", "8080"],
      message: "--listen says where to listen: give it, or a port and --bind",
    },
    {
      argv: ["--listen", "unix:missing/a"],
      message:
        "cannot listen on 'unix:missing/a': there is no such directory, or no permission to write there",
    },
    {
      argv: ["--listen", "unix:stale.sock"],
      message: "'unix:stale.sock' is taken: another program listens there, or it is no socket",
    },
    { argv: ["--listen", `unix:${"x".repeat(200)}`], message: /^The path of a socket has at most \d+ bytes/ },
    {
      argv: ["--listen", "fd:77"],
      message: "fd:77 is no socket that listens: systemd passes them from 3 on",
    },
    {
      argv: ["--listen", "unix:x", "--tls"],
      message: "sockets in the file system are served without TLS: leave --tls or unix: out",
    },
    { argv: ["--auth-file", "missing"], message: "'missing' can't be read: there is no such file" },
    {
      argv: ["--auth-file", "hello.txt"],
      message: "'hello.txt': it must be a user, a colon and a password",
    },
    {
      argv: LOCAL as string[],
      env: { PYSERVE_AUTH: "secret" },
      message: "environment variable PYSERVE_AUTH: it must be a user, a colon and a password",
    },
    { argv: ["--handler", "missing.mjs"], message: "'missing.mjs' can't be loaded: there is no such file" },
    {
      argv: ["--handler", "empty.mjs"],
      message: "'empty.mjs' exports no class that derives from BaseHTTPRequestHandler",
    },
    { argv: ["--handler", "empty.mjs#Two"], message: "'empty.mjs' has no export Two" },
    {
      argv: ["--handler", "empty.mjs#one"],
      message: "'empty.mjs' exports one, which does not derive from BaseHTTPRequestHandler",
    },
    { argv: ["--handler", "broken.mjs"], message: /^'broken\.mjs' can't be loaded: SyntaxError: / },
    {
      argv: ["--handler", "waits.mjs"],
      message: "'waits.mjs' can't be loaded: Error: its top-level await waits for what never comes",
    },
    {
      argv: ["--handler", "busy.mjs"],
      message: "'busy.mjs' can't be loaded: Error: its top-level code has not ended after 10 s",
    },
    {
      argv: ["--cors", "--cors-credentials"],
      message: "--cors-credentials needs --cors=ORIGIN: browsers send none where everybody may read",
    },
    { argv: ["--handler", "throws.mjs"], message: "'throws.mjs' can't be loaded: Error: on" },
    {
      argv: ["--handler", "hello.txt"],
      message: /^'hello\.txt' can't be loaded: Node v.* can't run such files: /,
    },
  ];
  for (const { argv, env = {}, message } of rows) {
    test(`\`pyserve ${argv.join(" ").slice(0, 50)}\` is refused in one line`, async (t) => {
      const { output, errors, status } = await endOf(startCommand(t, argv, { ...here, env }));
      const [, said = errors] = /^pyserve: error: (.*)\n$/.exec(errors) ?? [];
      if (typeof message === "string") assert.equal(said, message);
      else assert.match(said, message);
      assert.deepEqual([output, status], ["", 2]);
    });
  }
});

const PYSERVE = import.meta.resolve("#src/index.js");

/** A module with handlers, each of which answers with its name. */
function writeHandlers(name: string, exported: string): string {
  writeFileSync(
    join(directory, name),
    `import { BaseHTTPRequestHandler, SimpleHTTPRequestHandler } from ${JSON.stringify(PYSERVE)};
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

describe("pyserve --handler", () => {
  const rows = [
    { exported: "export default One;", choice: "", body: "One own none false" },
    { exported: "export default One; export { Two };", choice: "", body: "One own none false" },
    { exported: "export { One }; export const other = 1;", choice: "", body: "One own none false" },
    { exported: "export default 1; export { One, One as Again };", choice: "", body: "One own none false" },
    { exported: "export { One, Two };", choice: "#One", body: "One own none false" },
  ];
  for (const [at, { exported, choice, body }] of rows.entries()) {
    test(`\`pyserve --handler FILE${choice}\` serves with a class of \`${exported}\``, async (t) => {
      const file = writeHandlers(`handlers-${at}.mjs`, exported);
      const { port, stop } = await serveCommand(t, ["--handler", `${file}${choice}`, "-q", ...LOCAL], here);
      assert.equal((await ask(port, "/")).body, body);
      assert.equal(await stop(), "");
    });
  }

  test("`pyserve --handler` says which classes there are to choose from", async (t) => {
    const file = writeHandlers("several.mjs", "export { One, Two };");
    const { errors } = await endOf(startCommand(t, ["--handler", file], here));
    assert.equal(
      errors,
      "pyserve: error: 'several.mjs' exports several handler classes: choose with #NAME one of One, Two\n",
    );
  });

  test("`pyserve --handler` serves in threads, where Node can", async (t) => {
    const { supportsThreads } = await import("#src/socketserver/threading-mixin.js");
    const threads = supportsThreads() ? "2" : "0";
    for (const exported of ["export { One };", "export default class extends One {}"]) {
      const file = writeHandlers(`threads-${exported.length}.mjs`, exported);
      const argv = ["--handler", file, "--threads", threads, "-q", ...LOCAL];
      const { port } = await serveCommand(t, argv, here);
      assert.match((await ask(port, "/")).body, new RegExp(`^(One|default) own none ${supportsThreads()}$`));
    }
  });

  test("`pyserve --handler` runs TypeScript where Node strips types, and says that it can't elsewhere", async (t) => {
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

describe("what pyserve says", () => {
  for (const [format, pattern] of [
    ["python", /^127\.0\.0\.1 - - \[.*\] "GET \/hello\.txt HTTP\/1\.1" 200 -\n$/],
    ["common", /^127\.0\.0\.1 - - \[.*\] "GET \/hello\.txt HTTP\/1\.1" 200 6\n$/],
    ["combined", /^127\.0\.0\.1 - - \[.*\] "GET \/hello\.txt HTTP\/1\.1" 200 6 "-" "me"\n$/],
    ["json", /^\{"time":.*"status":200,"bytes":6,"duration_ms":\d.*\}\n$/],
  ] as const) {
    test(`\`pyserve --log-format ${format}\` logs in this format`, async (t) => {
      const { port, stop } = await serveCommand(t, ["--log-format", format, ...LOCAL], here);
      await ask(port, "/hello.txt", { "User-Agent": "me" });
      assert.match(await stop(), pattern);
    });
  }

  test("`pyserve --auth` warns that others can see it, and a config file does not", async (t) => {
    const { stop } = await serveCommand(t, ["-q", "--auth", "a:b", ...LOCAL], here);
    const warning = "others on this machine can see the password: use --auth-file or PYSERVE_AUTH";
    assert.equal(await stop(), `pyserve: warning: ${warning}\n`);
    writeFileSync(join(directory, "auth.json"), '{ "auth": "a:b" }');
    const silent = await serveCommand(t, ["-q", "-c", "auth.json", ...LOCAL], here);
    assert.equal(await silent.stop(), "");
  });

  for (const base of ["docs", "/docs/"]) {
    test(`\`pyserve --base ${base}\` prints the URL with it`, async (t) => {
      const { printed, port } = await serveCommand(t, ["--base", base, ...LOCAL], here);
      assert.ok(printed.includes(`(http://127.0.0.1:${port}/docs/) ...`), printed);
    });
  }

  test("`pyserve --completions` prints them", async (t) => {
    const { output, status } = await endOf(startCommand(t, ["--completions", "bash"], here));
    assert.match(output, /complete -F _pyserve pyserve\n$/);
    assert.equal(status, 0);
  });
});

describe("what the options do", () => {
  writeFileSync(join(directory, ".secret"), "secret\n");
  writeFileSync(join(directory, "conf", "index.html"), "index\n");
  const login = { Authorization: `Basic ${Buffer.from("user:from-file").toString("base64")}` };
  const rows: {
    argv: string[];
    env?: NodeJS.ProcessEnv;
    path: string;
    headers?: Record<string, string>;
    status: number;
    fields?: Record<string, string>;
  }[] = [
    { argv: [], path: "/.secret", status: 404 },
    { argv: ["--dotfiles"], path: "/.secret", status: 200 },
    { argv: ["--dotfile", ".sec*"], path: "/.secret", status: 200 },
    { argv: ["--dotfile", ".z*"], path: "/.secret", status: 404 },
    { argv: [], path: "/", status: 200 },
    { argv: ["--no-listing"], path: "/", status: 404 },
    { argv: ["--index", "start.html"], path: "/", status: 200, fields: { "content-length": "6" } },
    { argv: ["--base", "/docs"], path: "/docs/hello.txt", status: 200 },
    { argv: ["--base", "/docs"], path: "/hello.txt", status: 404 },
    { argv: ["--spa"], path: "/conf", headers: { Accept: "text/html" }, status: 301 },
    { argv: ["--clean-urls"], path: "/start", status: 200 },
    {
      argv: ["--cache", "60"],
      path: "/hello.txt",
      status: 200,
      fields: { "cache-control": "public, max-age=60" },
    },
    { argv: ["--no-store"], path: "/hello.txt", status: 200, fields: { "cache-control": "no-store" } },
    {
      argv: ["--mime", ".log=text/x-log"],
      path: "/page.log",
      status: 200,
      fields: { "content-type": "text/x-log" },
    },
    { argv: ["--cors"], path: "/hello.txt", status: 200, fields: { "access-control-allow-origin": "*" } },
    {
      argv: ["--coop-coep"],
      path: "/hello.txt",
      status: 200,
      fields: { "cross-origin-opener-policy": "same-origin" },
    },
    { argv: ["--auth-file", "user.txt"], path: "/hello.txt", status: 401 },
    { argv: ["--auth-file", "user.txt"], path: "/hello.txt", headers: login, status: 200 },
    { argv: [], env: { PYSERVE_AUTH: "user:from-file" }, path: "/hello.txt", status: 401 },
    { argv: [], env: { PYSERVE_AUTH: "user:from-file" }, path: "/hello.txt", headers: login, status: 200 },
    { argv: ["--allowed-host", "a.test"], path: "/hello.txt", headers: { Host: "a.test" }, status: 200 },
    { argv: ["--allowed-host", "a.test"], path: "/hello.txt", headers: { Host: "b.test" }, status: 421 },
  ];
  for (const { argv, env = {}, path, headers = {}, status, fields = {} } of rows) {
    const told = [...argv, ...Object.keys(env)].join(" ");
    test(`\`pyserve ${told}\` answers ${path} with ${status}`, async (t) => {
      const { port } = await serveCommand(t, [...argv, "-q", ...LOCAL], { ...here, env });
      const reply = await ask(port, path, headers);
      assert.equal(reply.statusCode, status);
      for (const [name, value] of Object.entries(fields)) assert.equal(reply.headers[name], value);
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

  test("`pyserve --open` says that there is no browser, and serves", async (t) => {
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

  test("`pyserve --open` has nothing to open where there is no URL", async (t) => {
    const { child, stop } = await serveCommand(t, ["--open", "-q", "--listen", "unix:b.sock"], here);
    assert.equal(child.exitCode, null);
    assert.equal(await stop(), "pyserve: cannot open a browser: nothing has a URL\n");
  });
});
