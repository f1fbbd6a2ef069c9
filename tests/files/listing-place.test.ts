import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import { linkTo, placeOf } from "#src/files/listing-place.js";
import { decodePath, namesOf } from "#src/files/url-path.js";

const file = (name: string) => ({ name, kind: "file" }) as const;
const folder = (name: string) => ({ name, kind: "directory" }) as const;

const crumbs: readonly (readonly [path: string, base: string, parent: string | null, ...crumbs: string[]])[] =
  [
    ["/", "/", null, "=/"],
    ["/a/", "/", "../", "=/", "a=/a/"],
    ["/a%20b/c/", "/", "../", "=/", "a b=/a%20b/", "c=/a%20b/c/"],
    ["//a//b/", "/", "/a/", "=/", "a=/a/", "b=/a/b/"],
    ["/a/../b/./", "/", "/", "=/", "b=/b/"],
    ["/a%2F", "/", "/", "=/", "a=/a/"],
    ["/a/b%2f", "/", "/a/", "=/", "a=/a/", "b=/a/b/"],
    ["/files/", "/files/", null, "files=/files/"],
    ["/files/a/", "/files", "../", "files=/files/", "a=/files/a/"],
    ["/x/y/a/", "/x/y/", "../", "x/y=/x/y/", "a=/x/y/a/"],
  ];
for (const [path, base, parent, ...expected] of crumbs) {
  test(`\`placeOf\` finds the way from ${base} to ${path}`, () => {
    const place = placeOf(path, base);
    assert.deepEqual(
      place.crumbs.map(({ name, href }) => `${name}=${href}`),
      expected,
    );
    assert.equal(place.parent, parent);
    if (parent !== null) {
      const url = new URL(parent, `http://h${path}`);
      assert.equal(url.pathname, place.crumbs.at(-2)?.href);
    }
    // The last one is the listing itself.
    const here = new URL(place.crumbs.at(-1)?.href ?? "", `http://h${path}`);
    assert.deepEqual(namesOf(decodePath(here.pathname)), namesOf(decodePath(path)));
  });
}

const links: readonly (readonly [name: string, href: string])[] = [
  ["javascript:alert(1)", "javascript%3Aalert%281%29"],
  ["//evil", ".///evil"],
  ["/evil", ".//evil"],
  ["\\\\evil", "%5C%5Cevil"],
  ["a:b", "a%3Ab"],
  ["?x", "%3Fx"],
  ["#x", "%23x"],
  ["%41", "%2541"],
  ["%2e%2e", "%252e%252e"],
  ["...", "..."],
  [" a\tb\n", "%20a%09b%0A"],
  ['"><img src=x>', "%22%3E%3Cimg%20src%3Dx%3E"],
  ["\udcff", "%FF"],
  ["é", "%C3%A9"],
];
for (const [name, href] of links) {
  test(`\`linkTo\` links ${JSON.stringify(name)} safely`, () => {
    const place = placeOf("/dir/");
    assert.equal(linkTo(place, file(name)), href);
    const url = new URL(href, "http://h/dir/");
    assert.equal(url.host, "h");
    assert.equal(decodePath(url.pathname), `/dir/${name}`);
  });
}

test("`linkTo` has a slash after directories", () => {
  assert.equal(linkTo(placeOf("/"), folder("a b")), "a%20b/");
});

/** Paths of directories as clients send them: slashes of both kinds, dots, and names. */
const anyPath = fc
  .array(fc.constantFrom("/", "%2F", "..", ".", "%2e%2e", "a", "b%20c", "%ff", ":", "%5C", "//", "h:80"))
  .chain((pieces) => fc.constantFrom("/", "%2F").map((end) => `/${pieces.join("")}${end}`));

test("`linkTo` leads below the listed directory and to no other host, for any paths", () => {
  fc.assert(
    fc.property(anyPath, fc.constantFrom("in", "a:b", "%2e", "?", "é"), (target, name) => {
      // A client that resolves links has already resolved the dots of the path.
      const { pathname } = new URL(`http://h${target}`);
      const url = new URL(linkTo(placeOf(pathname), file(name)), `http://h${pathname}`);
      assert.equal(url.origin + url.search + url.hash, "http://h");
      const wanted = [...namesOf(decodePath(pathname)), name];
      assert.deepEqual(namesOf(decodePath(url.pathname)), wanted);
    }),
    { numRuns: 1000 },
  );
});

test("the crumbs of `placeOf` never lead to another host, for any path", () => {
  fc.assert(
    fc.property(anyPath, (path) => {
      for (const { href } of placeOf(path).crumbs)
        assert.equal(new URL(href, `http://h${path}`).origin, "http://h");
    }),
    { numRuns: 1000 },
  );
});
