import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import { MAX_ALTERNATIVES, pathMatcher } from "#src/files/glob.js";
import { anyText } from "../support/any-text.js";

const rows: [glob: string, yes: readonly string[], no: readonly string[]][] = [
  ["a.js", ["a.js", "x/a.js", "x/y/a.js"], ["b.js", "a.jsx", "xa.js", "a.js/b", "A.js", ""]],
  ["/a.js", ["a.js"], ["x/a.js"]],
  ["x/a.js", ["x/a.js"], ["a.js", "y/x/a.js", "x/y/a.js"]],
  ["*.js", ["a.js", ".js", "x/a.b.js"], ["a.js.map", "js", "a.js/b"]],
  ["*", ["a", "x/a"], []],
  ["x/*", ["x/a"], ["x", "x/y/a", "a"]],
  ["a*c*e", ["ace", "abcde", "acece"], ["ac", "acx", "aec"]],
  ["?.js", ["a.js", "é.js", "😀.js"], [".js", "ab.js"]],
  ["a/**", ["a/b", "a/b/c"], ["a", "b/a/b"]],
  ["a/", ["a/b", "a/b/c"], ["a", "b/a/b"]],
  ["**", ["a", "a/b/c"], []],
  ["**/", ["a/b", "a"], []],
  ["**/a", ["a", "x/a", "x/y/a"], ["xa", "a/x"]],
  ["a/**/b", ["a/b", "a/x/b", "a/x/y/b"], ["ab", "a/xb", "a/b/x"]],
  ["**/a/**/b/**", ["a/b/c", "x/a/b/a/b/c"], ["a/b", "b/a/c"]],
  ["a**b", ["ab", "axxb"], ["a/b"]],
  ["a//b", ["a/b"], ["a"]],
  ["[abc].js", ["a.js", "c.js"], ["d.js", "ab.js", ".js"]],
  ["[a-c0-9].js", ["b.js", "5.js"], ["d.js", "-.js"]],
  ["[!a-c].js", ["d.js"], ["a.js", ".js"]],
  ["[^a-c].js", ["d.js"], ["a.js"]],
  ["[]a]", ["]", "a"], ["[", "[]"]],
  ["[!]a]", ["b"], ["]", "a"]],
  ["[a-]", ["a", "-"], ["b"]],
  ["[-a]", ["a", "-"], ["b"]],
  ["[*?{}]", ["*", "?", "{", "}"], ["a"]],
  ["[a", ["[a"], ["a"]],
  ["[]", ["[]"], ["a"]],
  ["{a,b}.js", ["a.js", "b.js"], ["c.js", "ab.js", "{a,b}.js"]],
  ["{a,b/{c,d*}}.js", ["a.js", "x/a.js", "b/c.js", "b/dd.js"], ["b.js", "x/b/c.js"]],
  ["{a,}b", ["ab", "b"], ["a"]],
  ["{a}", ["a"], ["{a}"]],
  ["{a,b", ["{a,b"], ["a"]],
  ["a,b}", ["a,b}"], ["a"]],
  ["{{a,b}", ["{a", "{b"], ["a"]],
  ["\\*.js", ["*.js"], ["a.js"]],
  ["\\{a\\,b\\}", ["{a,b}"], ["a"]],
  ["\\[a]", ["[a]"], ["a"]],
  ["a\\", ["a\\"], ["a"]],
  ["a+(b)|c.d$", ["a+(b)|c.d$"], ["ab", "a+(b)|cxd$"]],
  ["", [], ["a", "a/b"]],
];
for (const [glob, yes, no] of rows) {
  test(`the glob ${JSON.stringify(glob)} means ${yes.join(" ") || "nothing"}, and not ${no.join(" ") || "nothing"}`, () => {
    const matches = pathMatcher([glob]);
    for (const path of yes) assert.ok(matches(path), path);
    for (const path of no) assert.ok(!matches(path), path);
  });
}

test("`pathMatcher` matches if one of its globs matches, and without globs never", () => {
  const matches = pathMatcher(["*.js", "assets/**"]);
  assert.deepEqual(["a.js", "assets/a", "a.css"].map(matches), [true, true, false]);
  assert.equal(pathMatcher([])("a"), false);
});

test(`\`pathMatcher\` takes a glob that stands for ${MAX_ALTERNATIVES} patterns and none for more`, () => {
  const choices = (count: number) => `{${Array.from({ length: count }, (_, at) => `a${at}`).join(",")}}`;
  assert.ok(pathMatcher([choices(MAX_ALTERNATIVES)])("a999"));
  for (const glob of [choices(MAX_ALTERNATIVES + 1), "{a,b}".repeat(60)])
    assert.throws(() => pathMatcher([glob]), { name: "RangeError", message: /1000 alternatives .*"\{a/ });
});

test("`pathMatcher` takes no exponential time for many stars", () => {
  // A regular expression for these would never finish.
  const name = "a".repeat(1000);
  assert.equal(pathMatcher([`${"*a".repeat(100)}*b`])(name), false);
  assert.equal(pathMatcher([`${"**/a/".repeat(100)}b`])("a/".repeat(1000)), false);
});

/** Matches by trying all possibilities: slow, but obviously correct. */
function slowly(pattern: string, name: string): boolean {
  if (pattern === "") return name === "";
  const rest = pattern.slice(1);
  if (pattern[0] === "*") return slowly(rest, name) || (name !== "" && slowly(pattern, name.slice(1)));
  return name !== "" && (pattern[0] === "?" || pattern[0] === name[0]) && slowly(rest, name.slice(1));
}

test("`pathMatcher` matches names like an exhaustive search", () => {
  const text = (characters: string) =>
    fc.array(fc.constantFrom(...characters), { minLength: 1, maxLength: 10 }).map((some) => some.join(""));
  fc.assert(
    fc.property(text("ab*?"), text("ab"), (glob, name) =>
      assert.equal(pathMatcher([glob])(name), slowly(glob, name)),
    ),
    { numRuns: 1000 },
  );
});

/** The same for whole paths. */
function slowlyInPath(pattern: readonly string[], names: readonly string[]): boolean {
  const [part, ...rest] = pattern;
  const [name, ...others] = names;
  if (part === undefined) return name === undefined;
  if (part === "**") {
    const isEnough = rest.length > 0 ? slowlyInPath(rest, names) : names.length === 1;
    return isEnough || (name !== undefined && slowlyInPath(pattern, others));
  }
  return name !== undefined && slowly(part, name) && slowlyInPath(rest, others);
}

test("`pathMatcher` matches paths like an exhaustive search", () => {
  const list = (...members: string[]) =>
    fc.array(fc.constantFrom(...members), { minLength: 2, maxLength: 6 });
  fc.assert(
    fc.property(list("a", "b", "*", "**", "a*"), list("a", "b", "ab"), (pattern, names) =>
      assert.equal(pathMatcher([pattern.join("/")])(names.join("/")), slowlyInPath(pattern, names)),
    ),
    { numRuns: 1000 },
  );
});

test("`pathMatcher` accepts any text as a glob, and any as a path", () => {
  const pieces = fc.array(fc.constantFrom(..."ab*?[]{},/\\!-^"), { maxLength: 20 });
  const text = fc.oneof(
    anyText(),
    pieces.map((some) => some.join("")),
  );
  fc.assert(
    fc.property(text, text, (glob, path) => {
      assert.equal(typeof pathMatcher([glob])(path), "boolean");
    }),
  );
});
