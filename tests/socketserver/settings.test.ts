import assert from "node:assert/strict";
import test from "node:test";
import { inspect } from "node:util";
import * as pyserve from "pyserve";
import { checkSettings, settingsOf } from "#src/socketserver/settings.js";
import { Commands } from "../fixtures/commands.js";
import { closeAfter } from "../support/servers.js";
import { CERTIFICATE } from "../support/tls.js";
import { ANY_PORT } from "../support/workers.js";

interface Kind {
  readonly allowed: string;
  readonly right: readonly unknown[];
  readonly wrong: readonly unknown[];
}

const NO_NUMBER: readonly unknown[] = [Number.NaN, "many", "5", undefined, true, {}, 5n];

const whole = (least: number): Kind => ({
  allowed: `a whole number of ${least} or more`,
  right: [least, least + 1, 2 ** 40],
  wrong: [...NO_NUMBER, null, least - 1, least + 0.5, Number.POSITIVE_INFINITY],
});
const limit = (least: number): Kind => ({
  allowed: `a whole number of ${least} or more, or Infinity for no limit`,
  right: [least, 100, Number.POSITIVE_INFINITY],
  wrong: [...NO_NUMBER, null, least - 1, 100.5, Number.NEGATIVE_INFINITY],
});
const SECONDS: Kind = {
  allowed: "a number of seconds, 0 or more",
  right: [0, 0.5, 1e9, Number.POSITIVE_INFINITY],
  wrong: [...NO_NUMBER, null, -1],
};
const TIME_LIMIT: Kind = {
  allowed: "a number of seconds, 0 or more, or null for no limit",
  right: [...SECONDS.right, null],
  wrong: [...NO_NUMBER, -1, Number.NEGATIVE_INFINITY],
};
const WAIT: Kind = {
  allowed: "a number of seconds, or null for no limit",
  right: [...TIME_LIMIT.right, -1],
  wrong: NO_NUMBER,
};
const RATE: Kind = {
  allowed: "a number of 0 or more; 0 is no limit",
  right: [0, 0.5, 240],
  wrong: [...NO_NUMBER, null, -1, Number.POSITIVE_INFINITY],
};

const NETWORKS: Kind = {
  allowed:
    "a list, each element an address, a network such as 10.0.0.0/8, loopback, private or unix, or null",
  right: [
    null,
    [],
    ["loopback", "private", "unix"],
    ["192.0.2.1", "192.0.2.0/24", "0.0.0.0/0", "2001:db8::1", "2001:db8::/32", "::/0", "::ffff:192.0.2.1"],
  ],
  wrong: [
    ...NO_NUMBER.filter((value) => value !== undefined),
    "loopback",
    [null],
    ["Loopback"],
    ["localhost"],
    ["192.0.2.0/33"],
    ["192.0.2.0/024"],
    ["192.0.2.0/"],
    ["192.0.2.0/-1"],
    ["192.0.2"],
    ["192.0.2.256"],
    ["2001:db8::/129"],
    ["fe80::1%eth0"],
    ["::ffff:192.0.2.0/120x"],
    ["toString"],
    [""],
  ],
};

const CACHE_SECONDS: Kind = {
  allowed: "a whole number of seconds from 0 to 2147483648, or null",
  right: [null, 0, 2_147_483_648],
  wrong: [...NO_NUMBER, -1, 0.5, 2_147_483_649, Number.POSITIVE_INFINITY],
};

/** Every setting with a number, by its class. */
const SETTINGS: Readonly<Record<string, Readonly<Record<string, Kind>>>> = {
  BaseServer: { timeout: WAIT, drain_timeout: TIME_LIMIT, drain_delay: SECONDS },
  TCPServer: {
    request_queue_size: whole(0),
    max_connections: limit(0),
    max_connections_per_address: limit(0),
    linger_timeout: TIME_LIMIT,
    stall_timeout: TIME_LIMIT,
    crowded_stall_timeout: TIME_LIMIT,
    trusted_proxies: NETWORKS,
    proxy_protocol: {
      allowed: "true or false",
      right: [true, false],
      wrong: [...NO_NUMBER.filter((value) => value !== true), null, 0, 1],
    },
    proxy_protocol_timeout: TIME_LIMIT,
  },
  UDPServer: { max_packet_size: whole(0), max_datagrams: limit(1) },
  HTTPSServer: { handshake_timeout: TIME_LIMIT },
  ThreadingTCPServer: {
    max_threads: whole(0),
    thread_resource_limits: {
      allowed: "an object, each value a number above 0, or null",
      right: [null, {}, { maxOldGenerationSizeMb: 64 }],
      wrong: [64, "64", undefined, { maxOldGenerationSizeMb: "64" }, { stackSizeMb: 0 }],
    },
  },
  ForkingTCPServer: { max_children: whole(1), timeout: WAIT },
  StreamRequestHandler: { rbufsize: whole(-1), wbufsize: whole(-1), timeout: TIME_LIMIT },
  BaseHTTPRequestHandler: {
    log_format: oneOf("python", "common", "combined", "json", "none"),
    max_request_line: limit(0),
    max_header_size: limit(0),
    max_headers: limit(0),
    max_content_length: limit(0),
    min_content_rate: RATE,
    content_rate_grace: SECONDS,
    min_response_rate: RATE,
    response_rate_grace: SECONDS,
    max_requests_per_connection: limit(1),
    max_discarded_content: limit(0),
    discard_timeout: TIME_LIMIT,
    first_byte_timeout: TIME_LIMIT,
    header_timeout: TIME_LIMIT,
    keep_alive_timeout: TIME_LIMIT,
    stall_timeout: TIME_LIMIT,
  },
  SimpleHTTPRequestHandler: {
    symlinks: oneOf("inside", "all", "none"),
    precompressed: oneOf(true, false, "all"),
    cache_seconds: CACHE_SECONDS,
    shared_cache_seconds: CACHE_SECONDS,
    max_compressions: limit(0),
    max_listings: limit(1),
    max_cached_file: limit(0),
    max_cache: limit(0),
    index_pages: {
      allowed: "a list, each element the name of a file",
      right: [[], ["a.html", "b"]],
      wrong: ["a.html", ["a/b"], [".."], [""], [1], null],
    },
    extensions_map: {
      allowed: "an object, each value a string",
      right: [{}, { ".a": "text/plain" }],
      wrong: [null, ".a", { ".a": 1 }],
    },
    default_content_type: {
      allowed: "a media type such as text/plain",
      right: ["text/plain", "text/plain; charset=utf-8"],
      wrong: ["text", "", "a/b/c", "text/plain\n", null],
    },
    dotfiles: {
      allowed: "true, false, or an array of patterns for names that begin with a dot, such as .z*",
      right: [true, false, [], [".z*"]],
      wrong: [".z*", ["z"], [".a/b"], 1, null],
    },
    immutable: {
      allowed: "a list, each element a pattern such as assets/**",
      right: [[], ["assets/**", "*.js"]],
      wrong: ["assets/**", [""], ["a\nb"], [/a/], null],
    },
    content_encodings: {
      allowed: 'an object, each value "br", "zstd" or "gzip"',
      right: [{}, { "*.br": "br" }],
      wrong: [null, { "*.br": "brotli" }],
    },
    cors: {
      allowed: "* or an origin such as https://example.com, or null",
      right: [null, "*", "null", "https://a.example:8443", ["https://a.example", "http://localhost:3000"]],
      wrong: ["example.com", "https://example.com/", "", true, ["*", "https://a.example"]],
    },
  },
};

/** One of a few values, and nothing similar. */
function oneOf(...values: readonly (string | boolean)[]): Kind {
  const allowed = values.map((value) => JSON.stringify(value)).join(", ");
  return {
    allowed: allowed.replace(/, ([^,]*)$/, " or $1"),
    right: values,
    wrong: ["", "ALL", "true", null, undefined, 1],
  };
}

/** Settings whose values are not plain numbers, but names. */
const NAMES = ["address_family", "socket_type"];

type Settings = Record<string, unknown>;
type AnyClass = (new (...args: unknown[]) => object) & Settings;

const classes = pyserve as unknown as Readonly<Record<string, AnyClass>>;

function make(t: test.TestContext, Class: AnyClass): Settings {
  if (!(Class.prototype instanceof pyserve.BaseServer))
    return new Class(undefined, ["", 0], undefined) as Settings;
  return closeAfter(
    t,
    new Class(
      ANY_PORT,
      Commands,
      "load_cert_chain" in Class.prototype ? CERTIFICATE : {},
    ) as pyserve.TCPServer,
  ) as unknown as Settings;
}

/** Uses a server or a handler as in serving. */
async function use(instance: Settings): Promise<void> {
  if (instance instanceof pyserve.StreamRequestHandler) await instance.setup();
  else await (instance as unknown as pyserve.BaseServer).handle_request();
}

for (const [className, settings] of Object.entries(SETTINGS)) {
  // A BaseServer can't be bound.
  const Class = classes[className === "BaseServer" ? "TCPServer" : className] as AnyClass;
  for (const [name, { allowed, right, wrong }] of Object.entries(settings)) {
    test(`${className}.${name} is refused before it counts where it is not ${allowed}`, async (t) => {
      const instance = make(t, Class);
      for (const value of wrong) {
        const message = `${Class.name}.${name} must be ${allowed}, not ${inspect(value)}.`;
        Object.assign(instance, { [name]: value });
        await assert.rejects(use(instance), { name: "RangeError", message });
      }
    });

    test(`${className}.${name} may be ${right.map((value) => inspect(value)).join(", ")}`, (t) => {
      const instance = make(t, Class);
      checkSettings(instance);
      for (const value of right) checkSettings(Object.assign(instance, { [name]: value }));
    });
  }
}

/** Settings that can only be set on a class. */
const STATICS: Readonly<Record<string, Kind>> = {
  base_path: {
    allowed: "a path such as /docs",
    right: ["", "/", "/docs", "/docs/", "/a/b-c/%20"],
    wrong: ["docs", "/a/../b", "/a//b", "/a?b", null],
  },
  allowed_hosts: {
    allowed: "a list, each element a host name, or null",
    right: [null, [], ["a.example", ".a.example", "::1", "[::1]"]],
    wrong: ["a.example", ["a:80"], ["a b"], [""]],
  },
};

for (const [name, { allowed, right, wrong }] of Object.entries(STATICS)) {
  test(`the static ${name} is refused where it is not ${allowed}`, () => {
    class Handler extends pyserve.SimpleHTTPRequestHandler {}
    const check = (value: unknown) => {
      Object.assign(Handler, { [name]: value });
      checkSettings(new Handler(undefined as never, ["", 0], undefined as never));
    };
    for (const value of right) check(value);
    for (const value of wrong)
      assert.throws(() => check(value), {
        name: "RangeError",
        message: `Handler.${name} must be ${allowed}, not ${inspect(value)}.`,
      });
  });
}

test("a static property and a field are both checked", async () => {
  class Static extends pyserve.BaseHTTPRequestHandler {
    static override max_headers = 100.5;
  }
  class Field extends pyserve.BaseHTTPRequestHandler {
    override max_headers = Number.NaN;
  }
  for (const Class of [Static, Field])
    assert.throws(() => new Class(undefined as never, ["", 0], undefined as never).setup(), RangeError);
});

test("every setting that is a number, or can be one, is in the table", () => {
  const missing = Object.values(classes)
    .filter((Class) => typeof Class === "function" && Class.prototype !== undefined)
    .flatMap((Class) => Object.entries(Object.getOwnPropertyDescriptors(Class)))
    .filter(
      ([name, { value }]) =>
        name !== "length" && (typeof value === "number" || /_timeout$|_limits$|_seconds$/.test(name)),
    )
    .map(([name]) => name)
    .filter((name) => !NAMES.includes(name) && !Object.values(SETTINGS).some((settings) => name in settings));
  assert.deepEqual(missing, []);
});

test("instances see every setting of their class", () => {
  for (const Class of Object.values(classes)) {
    if (typeof Class !== "function" || Class.prototype === undefined) continue;
    const instance = Object.create(Class.prototype) as Settings;
    for (const name of Object.keys(settingsOf(Class))) {
      assert.ok(name in Class, `${Class.name}.${name}`);
      assert.equal(instance[name], Class[name], `${Class.name}.${name}`);
    }
  }
});

test("the message about a wrong password does not show it", () => {
  class Private extends pyserve.SimpleHTTPRequestHandler {
    static override auth = "secret";
  }
  const instance = new Private(undefined as never, ["", 0], undefined as never);
  assert.throws(() => checkSettings(instance), {
    name: "RangeError",
    message: "Private.auth must be a user, a colon and a password, or null.",
  });
});

/** No client uses it. */
class AnyHandler extends pyserve.StreamRequestHandler {
  constructor() {
    super(undefined as never, ["", 0], undefined as never);
  }
}

test("settings equal to those of the previous instance are the same object", () => {
  assert.equal(checkSettings(new AnyHandler()), checkSettings(new AnyHandler()));
});

test("a setting applies from the next instance on, however it is set", () => {
  class Handler extends AnyHandler {
    static override timeout: number | null = 1;
  }
  assert.equal(checkSettings(new Handler()).timeout, 1);
  Handler.timeout = 2;
  assert.equal(checkSettings(new Handler()).timeout, 2);
  const handler = new Handler();
  handler.timeout = 3;
  assert.equal(checkSettings(handler).timeout, 3);
  assert.equal(checkSettings(new Handler()).timeout, 2);
  class WithField extends Handler {
    override timeout = 4;
  }
  assert.equal(checkSettings(new WithField()).timeout, 4);
});

test("a setting behind an accessor of a subclass is checked, too", () => {
  let value: unknown = 5;
  class Handler extends AnyHandler {}
  Object.defineProperty(Handler.prototype, "timeout", { get: () => value });
  assert.equal(checkSettings(new Handler()).timeout, 5);
  value = "many";
  assert.throws(() => checkSettings(new Handler()), RangeError);
});
