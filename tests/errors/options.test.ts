/** Unknown keys, in each options object. */
import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import test, { type TestContext } from "node:test";
import { fileURLToPath } from "node:url";
import {
  BaseHTTPRequestHandler,
  Directory,
  DirectoryError,
  ForkingTCPServer,
  HTTPSServer,
  OptionError,
  run,
  SimpleHTTPRequestHandler,
  StreamRequestHandler,
  supportsThreads,
  TCPServer,
  ThreadingHTTPServer,
  ThreadingUDPServer,
  UnixStreamServer,
} from "pyserve";
import { runHandler, scriptedHandler, startServer } from "pyserve/testing";
import { temporaryDirectory, withoutPrivileges } from "../support/file-server.js";
import { serve } from "../support/servers.js";

const HERE = ["127.0.0.1", 0] as const;
const Files = SimpleHTTPRequestHandler;
class Empty extends BaseHTTPRequestHandler {}
/** Accepts any options, like a program without types. */
const untyped = (options: unknown) => options as never;

interface Row {
  readonly what: string;
  readonly call: () => unknown;
  /** The end of the message. */
  readonly says: string;
}

const ROWS: readonly Row[] = [
  {
    what: "an argument of the handler among the options of its server",
    call: () => new ThreadingHTTPServer(HERE, Files, untyped({ directory: "." })),
    says: "ThreadingHTTPServer has no option directory: it is an argument of the handler. Give handler_args: { directory: … }.",
  },
  {
    what: "an argument for a handler that names none",
    call: () => new ThreadingHTTPServer(HERE, Empty, untyped({ directory: "." })),
    says: "ThreadingHTTPServer has no option directory. There are handler_args, bind_and_activate, fd. An argument of the handler goes into handler_args: { directory: … }.",
  },
  {
    what: "a setting of the server",
    call: () => new ThreadingHTTPServer(HERE, Files, untyped({ max_threads: 2 })),
    says: 'ThreadingHTTPServer has no option max_threads: it is a class attribute. Set "static max_threads = …" in a subclass, or assign it to the server.',
  },
  {
    what: "a setting of the handler",
    call: () => new ThreadingHTTPServer(HERE, Files, untyped({ cors: "*" })),
    says: 'ThreadingHTTPServer has no option cors: it is a class attribute of the handler. Set "static cors = …" in a subclass of SimpleHTTPRequestHandler.',
  },
  {
    what: "a misspelled option, though it is undefined",
    call: () => new TCPServer(HERE, StreamRequestHandler, untyped({ bind_and_activte: undefined })),
    says: "TCPServer has no option bind_and_activte: did you mean bind_and_activate?",
  },
  {
    what: "a name in the other case",
    call: () => new ThreadingHTTPServer(HERE, Files, untyped({ handlerArgs: {} })),
    says: "ThreadingHTTPServer has no option handlerArgs: did you mean handler_args?",
  },
  {
    what: "a misspelled option of a server for datagrams",
    call: () => new ThreadingUDPServer(HERE, Empty as never, untyped({ fd: 3 })),
    says: "ThreadingUDPServer has no option fd. There are handler_args, bind_and_activate. An argument of the handler goes into handler_args: { fd: … }.",
  },
  {
    what: "a misspelled option of a server on a path",
    call: () => new UnixStreamServer("/nowhere/socket", StreamRequestHandler, untyped({ handler_arg: {} })),
    says: "UnixStreamServer has no option handler_arg: did you mean handler_args?",
  },
  {
    what: "a misspelled option of a server with processes",
    call: () => new ForkingTCPServer(HERE, StreamRequestHandler, untyped({ handler_arg: {} })),
    says: "ForkingTCPServer has no option handler_arg: did you mean handler_args?",
  },
  {
    what: "a misspelled option of TLS",
    call: () => new HTTPSServer(HERE, Files, untyped({ certfiles: "a.pem" })),
    says: "HTTPSServer has no option certfiles: did you mean certfile?",
  },
  {
    what: "a misspelled argument of the handler",
    call: () => new ThreadingHTTPServer(HERE, Files, { handler_args: untyped({ directroy: "." }) }),
    says: "SimpleHTTPRequestHandler has no argument directroy in handler_args: did you mean directory?",
  },
  {
    what: "a misspelled argument of a handler that derives",
    call: () =>
      new ThreadingHTTPServer(HERE, class Mine extends Files {}, { handler_args: untyped({ dir: "." }) }),
    says: "Mine has no argument dir in handler_args: did you mean directory?",
  },
  {
    what: "a setting among the arguments",
    call: () => new ThreadingHTTPServer(HERE, Files, { handler_args: untyped({ listing: false }) }),
    says: 'SimpleHTTPRequestHandler has no argument listing in handler_args: it is a class attribute. Set "static listing = …" in a subclass.',
  },
  {
    what: "an argument that nothing is like",
    call: () => new ThreadingHTTPServer(HERE, Files, { handler_args: untyped({ root: "." }) }),
    says: 'SimpleHTTPRequestHandler has no argument root in handler_args. Its arguments are directory, tree, extra_response_headers. A class with other arguments names them: static handler_args = ["root"].',
  },
  {
    what: "a misspelled option of run()",
    call: () => run(untyped({ handlerClass: Files })),
    says: "run() has no option handlerClass: did you mean HandlerClass?",
  },
  {
    what: "an argument of the handler among the options of run()",
    call: () => run(untyped({ HandlerClass: Files, directory: "." })),
    says: "run() has no option directory: it is an argument of the handler. Give handler_args: { directory: … }.",
  },
  {
    what: "an argument for the default handler of run()",
    call: () => run(untyped({ directory: "." })),
    says: "run() has no option directory. An argument of the handler goes into handler_args: { directory: … }.",
  },
  {
    what: "a misspelled argument in run()",
    call: () => run(untyped({ HandlerClass: Files, handler_args: { directroy: "." } })),
    says: "SimpleHTTPRequestHandler has no argument directroy in handler_args: did you mean directory?",
  },
  {
    what: "a misspelled attribute in run()",
    call: () => run(untyped({ HandlerClass: Files, handler_attributes: { lissting: false } })),
    says: "SimpleHTTPRequestHandler has no attribute lissting in handler_attributes: did you mean listing?",
  },
  {
    what: "a misspelled address in run()",
    call: () => run(untyped({ listen: [{ hosts: "127.0.0.1", port: 0 }] })),
    says: "An address in listen has no option hosts: did you mean host?",
  },
  {
    what: "a misspelled option of startServer()",
    call: () => startServer(Files, untyped({ protocl: "https" })),
    says: "startServer() has no option protocl: did you mean protocol?",
  },
  {
    what: "an argument of the handler among the options of startServer()",
    call: () => startServer(Files, untyped({ directory: "." })),
    says: "startServer() has no option directory: it is an argument of the handler. Give handler_args: { directory: … }.",
  },
  {
    what: "a misspelled option of runHandler()",
    call: () => runHandler(Files, "", untyped({ error: "return" })),
    says: "runHandler() has no option error: did you mean errors?",
  },
  {
    what: "a misspelled key of a scripted reply",
    call: () => scriptedHandler(untyped({ boddy: "x" })),
    says: "A scripted reply has no option boddy: did you mean body?",
  },
  {
    what: "a misspelled fault of a scripted reply",
    call: () => scriptedHandler({ fault: untyped({ cut_after: 5 }) }),
    says: "The fault of a scripted reply has no option cut_after: did you mean cutAfter?",
  },
  {
    what: "a misspelled option of a directory",
    call: () => new Directory(".", untyped({ symlink: "none" })),
    says: "Directory has no option symlink: did you mean symlinks?",
  },
];

for (const { what, call, says } of ROWS) {
  test(`${what} is an error that says what is meant`, async () => {
    await assert.rejects(
      async () => call(),
      (error: OptionError) => {
        assert.ok(error instanceof TypeError && error instanceof OptionError);
        assert.equal(error.message, says);
        assert.equal(error.code, "PYSERVE_UNKNOWN_OPTION");
        assert.equal(error.help, "pyserve/docs/errors.md#pyserve_unknown_option");
        return true;
      },
    );
  });
}

for (const options of ["0.5", null, true])
  test(`serve_forever(${JSON.stringify(options)}) is an error, and not the default`, async (t) => {
    const server = new TCPServer(HERE, StreamRequestHandler);
    t.after(() => server.server_close());
    await assert.rejects(server.serve_forever(untyped(options)), {
      name: "TypeError",
      message: `The options of serve_forever() must be an object, not ${options}.`,
    });
  });

test("a misspelled option of serve_forever() is an error that names the right one", async (t) => {
  const server = new TCPServer(HERE, StreamRequestHandler);
  t.after(() => server.server_close());
  await assert.rejects(server.serve_forever(untyped({ poll_intervall: 1 })), {
    message: "serve_forever() has no option poll_intervall: did you mean poll_interval?",
  });
});

test("a misspelled option of collect_children() is an error that names the right one", async (t) => {
  const server = new ForkingTCPServer(HERE, StreamRequestHandler, { bind_and_activate: false });
  t.after(() => server.server_close());
  await assert.rejects(server.collect_children(untyped({ block: true })), {
    message: "collect_children() has no option block: did you mean blocking?",
  });
});

test("a misspelled option of send_content() is an error that names the right one", async () => {
  class Careless extends BaseHTTPRequestHandler {
    do_GET() {
      return this.send_content("text", untyped({ filename: "a.txt" }));
    }
  }
  const { status, errors } = await runHandler(Careless, "GET / HTTP/1.1\r\nHost: h\r\n\r\n", {
    errors: "return",
  });
  assert.equal(status, 500);
  assert.equal(
    (errors[0] as Error).message,
    "send_content() has no option filename. There are type, modified, etag, name, size, cache_control.",
  );
});

test("options and handler_args that are not objects are errors that name them", () => {
  assert.throws(() => new TCPServer(HERE, StreamRequestHandler, untyped("x" as never)), {
    name: "TypeError",
    message: "The options of TCPServer must be an object, not x.",
  });
  assert.throws(() => new TCPServer(HERE, StreamRequestHandler, untyped({ handler_args: "x" })), {
    name: "TypeError",
    message: "handler_args must be an object, not x.",
  });
});

/** The title that a class of handlers sends. */
async function titleOf(t: TestContext, Handler: typeof Titled): Promise<string> {
  const handler_args = untyped({ title: "mine", directory: import.meta.dirname });
  const server = serve(t, new ThreadingHTTPServer(HERE, Handler, { handler_args }));
  return (await fetch(`http://127.0.0.1:${server.server_port}/`)).headers.get("X-Title") ?? "";
}

class Titled extends SimpleHTTPRequestHandler {
  override end_headers(): void {
    const { title } = this.server.handler_args as { title: string };
    this.send_header("X-Title", title);
    super.end_headers();
  }
  override log_message(): void {}
}

test("a handler class names the arguments that it takes in addition to those of its base", async (t) => {
  class Named extends Titled {
    static override handler_args = ["title"];
  }
  assert.equal(await titleOf(t, Named), "mine");
  assert.throws(() => new ThreadingHTTPServer(HERE, Named, { handler_args: untyped({ titel: "" }) }), {
    message: "Named has no argument titel in handler_args: did you mean title?",
  });
  assert.throws(() => new ThreadingHTTPServer(HERE, Named, untyped({ title: "" })), {
    message: /title: it is an argument of the handler/,
  });
});

test("a handler class with its own constructor takes arguments that it does not list", async (t) => {
  class Constructed extends Titled {
    constructor(
      request: Titled["request"],
      client_address: Titled["client_address"],
      server: Titled["server"],
      args: object,
    ) {
      super(request, client_address, server, args);
    }
  }
  assert.equal(await titleOf(t, Constructed as typeof Titled), "mine");
  assert.throws(() => new ThreadingHTTPServer(HERE, Constructed, { handler_args: { directroy: "" } }), {
    message: /did you mean directory\?/,
  });
});

test("a handler class without a base that lists arguments takes any", async (t) => {
  const server = serve(t, new ThreadingHTTPServer(HERE, Empty, { handler_args: { anything: 1 } }));
  assert.deepEqual(server.handler_args, { anything: 1 });
});

for (const [what, directory, problem] of [
  ["is not there", "/nowhere/at/all", "there is no such directory"],
  ["is a file", fileURLToPath(import.meta.url), "it is not a directory"],
] as const) {
  const message = `The directory ${JSON.stringify(directory)} can't be served: ${problem}. A relative path begins at ${JSON.stringify(process.cwd())}.`;
  for (const max_threads of supportsThreads() ? [0, 1] : [0]) {
    test(`a directory that ${what} is an error of the server's constructor, with ${max_threads} threads`, () => {
      class Server extends ThreadingHTTPServer {
        static override max_threads = max_threads;
      }
      const make = () => new Server(HERE, Files, { handler_args: { directory } });
      assert.throws(make, (error: DirectoryError) => {
        assert.ok(error instanceof DirectoryError);
        assert.equal(error.message, message);
        assert.equal(error.code, "PYSERVE_BAD_DIRECTORY");
        assert.ok(["ENOENT", "ENOTDIR"].includes((error.cause as NodeJS.ErrnoException).code ?? ""));
        return true;
      });
    });
  }

  test(`a directory that ${what} is an error of run(), and of a class's own`, async () => {
    await assert.rejects(run({ HandlerClass: Files, handler_args: { directory }, port: 0 }), { message });
    const Static = class extends Files {
      static override directory = directory;
    };
    assert.throws(() => new ThreadingHTTPServer(HERE, Static), { message });
  });
}

test("for a directory that may not be entered, the server's constructor throws an error", {
  skip: process.platform === "win32",
}, async (t) => {
  const directory = join(temporaryDirectory(t), "closed");
  mkdirSync(directory, { mode: 0o000 });
  await withoutPrivileges(async () => {
    assert.throws(() => new ThreadingHTTPServer(HERE, Files, { handler_args: { directory } }), {
      code: "PYSERVE_BAD_DIRECTORY",
      message: /permission denied/,
    });
  });
});

test("for invalid extra_response_headers, the server's constructor throws an error", () => {
  const handler_args = untyped({ extra_response_headers: { "X-Name": 5 } });
  assert.throws(() => new ThreadingHTTPServer(HERE, Files, { handler_args }), {
    name: "TypeError",
    message: /^extra_response_headers must be/,
  });
});
