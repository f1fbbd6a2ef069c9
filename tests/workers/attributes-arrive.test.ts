/** Workers get a server and its classes with their attributes at the beginning of serving. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Commands } from "../fixtures/commands.js";
import { closeAfter } from "../support/servers.js";
import { ANY_PORT, askOnce, failureOf, KINDS, serveCommands } from "../support/workers.js";

/** Runs `act` while a class has another attribute. */
async function withAttribute(Class: object, value: unknown, act: () => Promise<void>): Promise<void> {
  const attributes = Class as { setting: unknown };
  const before = attributes.setting;
  attributes.setting = value;
  try {
    await act();
  } finally {
    attributes.setting = before;
  }
}

class NotData {
  constructor(readonly text: string) {}
}

/** Values that can't be copied. */
const UNCLONEABLE: Readonly<Record<string, unknown>> = {
  "a function": () => {},
  "an instance of a class": new NotData("text"),
  "a symbol": Symbol("text"),
};

for (const [kind, Server] of KINDS) {
  test(`${kind}: handler_args arrive as copies`, async (t) => {
    const args = { text: "a", list: [1, { b: null }] };
    const server = serveCommands(t, Server, {}, args);
    assert.deepEqual(await askOnce(server, "args"), args);
  });

  test(`${kind}: without handler_args a handler gets none`, async (t) => {
    assert.equal(await askOnce(serveCommands(t, Server), "args"), null);
  });

  test(`${kind}: what is declared in the classes is there`, async (t) => {
    const server = serveCommands(t, Server);
    assert.equal(await askOnce(server, "server field"), "as declared");
    assert.equal(await askOnce(server, "handler setting"), "as declared");
    assert.deepEqual(await askOnce(server, "server table"), { a: 1 });
  });

  test(`${kind}: what was assigned to the instance arrives`, async (t) => {
    const server = serveCommands(t, Server, { field: { deep: [1] }, later: 5, table: new Map([["b", 2]]) });
    assert.deepEqual(await askOnce(server, "server field"), { deep: [1] });
    assert.equal(await askOnce(server, "server later"), 5);
    assert.deepEqual(await askOnce(server, "server table"), { b: 2 });
  });

  test(`${kind}: a class attribute that was assigned to the instance arrives`, async (t) => {
    const server = serveCommands(t, Server, { drain_timeout: 7, timeout: 8 });
    assert.equal(await askOnce(server, "server drain_timeout"), 7);
    assert.equal(await askOnce(server, "server timeout"), 8);
  });

  test(`${kind}: what was assigned to the classes arrives`, async (t) => {
    await withAttribute(Commands, "assigned", () =>
      withAttribute(Server, [1, 2], async () => {
        const server = serveCommands(t, Server);
        assert.equal(await askOnce(server, "handler setting"), "assigned");
        assert.deepEqual(await askOnce(server, "class setting"), [1, 2]);
      }),
    );
  });

  test(`${kind}: class attributes of the package arrive, assigned to a class or declared there`, async (t) => {
    const Class = Server as unknown as { linger_timeout: number };
    Class.linger_timeout = 1.5;
    t.after(() => Reflect.deleteProperty(Class, "linger_timeout"));
    assert.equal(await askOnce(serveCommands(t, Server), "server linger_timeout"), 1.5);
  });

  test(`${kind}: the address is the one that was bound`, async (t) => {
    const server = serveCommands(t, Server);
    assert.deepEqual(await askOnce(server, "server server_address"), server.server_address);
  });

  for (const [what, value] of Object.entries(UNCLONEABLE)) {
    test(`${kind}: ${what} in handler_args is an error of the constructor that names it`, () => {
      assert.throws(() => new Server(ANY_PORT, Commands, { handler_args: { fine: 1, bad: value } }), {
        code: "PYSERVE_NOT_CLONEABLE",
        message: /handler_args\.bad /,
      });
    });

    test(`${kind}: ${what} assigned to the server is an error that names it`, async (t) => {
      const server = closeAfter(t, new Server(ANY_PORT, Commands));
      Object.assign(server, { strange: value });
      const error = await failureOf(server.serve_forever());
      assert.equal(error.code, "PYSERVE_NOT_CLONEABLE");
      assert.match(error.message, /strange/);
    });

    test(`${kind}: ${what} assigned to a class is an error that names it`, async (t) => {
      await withAttribute(Server, value, async () => {
        const server = closeAfter(t, new Server(ANY_PORT, Commands));
        const error = await failureOf(server.serve_forever());
        assert.equal(error.code, "PYSERVE_NOT_CLONEABLE");
        assert.match(error.message, new RegExp(`${Server.name}\\.setting`));
      });
    });
  }

  test(`${kind}: what can't be copied is no error where the constructor makes it`, async (t) => {
    const server = serveCommands(t, Server);
    assert.equal(typeof server.made, "object");
    assert.equal(typeof (await askOnce(server, "server made")), "object");
  });
}
