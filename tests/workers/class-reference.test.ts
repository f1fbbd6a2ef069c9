import assert from "node:assert/strict";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { declareVariant, locate, referTo, resolveClass } from "#src/workers/class-reference.js";
import { Commands } from "../fixtures/commands.js";
import { One, Other, Twice } from "../fixtures/same-names.js";

const HERE = import.meta.url;

class Located {
  static module = HERE;
  readonly member = 1;
}

test("referTo returns the module and the name", () => {
  assert.deepEqual(referTo(Located), { module: HERE, name: "Located" });
});

test("referTo uses a class's own static property, never that of its base", () => {
  class Derived extends Located {}
  assert.throws(() => referTo(Derived), {
    code: "PYSERVE_CLASS_WITHOUT_MODULE",
    message: /the class Derived/,
  });
});

test("referTo reports a class without a name", () => {
  const located = () =>
    class {
      static module = HERE;
      readonly member = 1;
    };
  assert.throws(() => referTo((() => class {})()), { message: /a class without a name/ });
  assert.throws(() => referTo(located()), { message: /a class without a name/ });
});

test("referTo refuses a module that is not a string", () => {
  class Odd {
    static module = new URL(HERE);
    readonly member = 1;
  }
  assert.throws(() => referTo(Odd as never), { code: "PYSERVE_CLASS_WITHOUT_MODULE" });
});

test("locate returns where a class is, and may be overridden", () => {
  class Ours {}
  locate(Ours, HERE);
  assert.deepEqual(referTo(Ours), { module: HERE, name: "Ours" });
  class Theirs extends Ours {
    static module = "file:///theirs.js";
  }
  assert.deepEqual(referTo(Theirs), { module: "file:///theirs.js", name: "Theirs" });
});

test("declareVariant lets a class be found where its original is", () => {
  class Variant extends Located {}
  class Second extends Variant {}
  declareVariant(Variant, Located);
  declareVariant(Second, Variant);
  assert.deepEqual(referTo(Second), { module: HERE, name: "Located" });
});

test("resolveClass finds what referTo refers to", async () => {
  assert.equal(await resolveClass(referTo(Commands)), Commands);
});

test("resolveClass finds a class by the path of its module, as CommonJS has it", async () => {
  const { module, name } = referTo(Commands);
  assert.equal(await resolveClass({ module: fileURLToPath(module), name }), Commands);
});

test("resolveClass does not confuse classes of the same name", async () => {
  for (const Class of [One, Other])
    await assert.rejects(resolveClass(referTo(Class)), {
      code: "PYSERVE_CLASS_NOT_EXPORTED",
      message: /exports 2 classes with the name Made/,
    });
  assert.equal(await resolveClass(referTo(Twice)), Twice);
});

const failures = [
  ["a module that is not there", "file:///nowhere/at-all.js", "PYSERVE_MODULE_FAILED", /at-all\.js/],
  [
    "a name that is not exported",
    new URL("../fixtures/commands.js", HERE).href,
    "PYSERVE_CLASS_NOT_EXPORTED",
    /Nobody/,
  ],
] as const;
for (const [what, module, code, message] of failures) {
  test(`resolveClass says what is wrong with ${what}`, async () => {
    await assert.rejects(resolveClass({ module, name: "Nobody" }), { name: "WorkerError", code, message });
  });
}
