import assert from "node:assert/strict";
import { join } from "node:path";
import test from "node:test";
import fc from "fast-check";
import { fsDecode, fsEncode } from "#src/files/fs-name.js";
import {
  isHiddenName,
  joinBelow,
  type PathRefusal,
  type ResolvedPath,
  resolveUrlPath,
} from "#src/files/resolve-url-path.js";
import { encodePath, redirectTarget } from "#src/files/url-path.js";
import { anyText } from "../support/any-text.js";

const quoted = (text: string) => JSON.stringify(text.slice(0, 60));

const resolve = (target: string, platform: NodeJS.Platform = "linux", dotfiles = false) =>
  resolveUrlPath(target, { dotfiles, platform });

function path(segments: readonly string[], asksForDirectory: boolean): ResolvedPath {
  return { kind: "path", segments, asksForDirectory };
}

const files: [target: string, segments: string[]][] = [
  ["", []],
  ["/a", ["a"]],
  ["/a/b.c", ["a", "b.c"]],
  ["/a?b/../../c", ["a"]],
  ["/a?%2F%00\\", ["a"]],
  ["//a///b", ["a", "b"]],
  ["/./a/./b", ["a", "b"]],
  ["/.", []],
  ["/a/%2e%2E/b", ["b"]],
  ["/a/.%2e/b", ["b"]],
  ["/a/%2e/b", ["a", "b"]],
  ["/.hidden/../a", ["a"]],
  ["/%61%20b", ["a b"]],
  ["/%252e%252e", ["%2e%2e"]],
  ["/a+b;c=d,e", ["a+b;c=d,e"]],
  ["/%0A%0d%09", ["\n\r\t"]],
  ["/a%5Cb", ["a\\b"]], // an ordinary character if names are bytes
  ["/a/%C0%AE%C0%AE/b", ["a", "\udcc0\udcae\udcc0\udcae", "b"]],
  ["/\u3002\uff0f", ["\u3002\uff0f"]], // look-alikes of dot and slash
  ["/a..", ["a.."]],
  ["/.well-known/security.txt", [".well-known", "security.txt"]],
];
for (const [target, segments] of files) {
  test(`\`resolveUrlPath\` resolves ${quoted(target)}`, () => {
    assert.deepEqual(resolve(target), path(segments, false));
  });
}

const directories: [target: string, segments: string[]][] = [
  ["/", []],
  ["/a/", ["a"]],
  ["/a%2F", ["a"]],
  ["/a%2f?x", ["a"]],
  ["/%2F", []],
  ["/a/..%2f", []],
  ["/a/?x#y", ["a"]],
];
for (const [target, segments] of directories) {
  test(`\`resolveUrlPath\` takes ${quoted(target)} for a directory`, () => {
    assert.deepEqual(resolve(target), path(segments, true));
  });
}

const refusals: [target: string, reason: PathRefusal][] = [
  ["/..", "above-root"],
  ["/../a", "above-root"],
  ["/a/../../b", "above-root"],
  ["/%2e%2e/a", "above-root"],
  ["/..%2f", "above-root"],
  ["/a/../../../../../../../etc/passwd", "above-root"],
  ["/..%2fa", "separator"],
  ["/a%2Fb", "separator"],
  ["/a%2f..%2fb", "separator"],
  ["/%2Fa", "separator"],
  ["/a%2F/", "separator"],
  ["/a%2Fb/../../c", "separator"], // also where `..` would take it back
  ["/\\", "backslash"],
  ["\\\\host\\a", "backslash"],
  ["/%00", "nul"],
  ["/%00/../a", "nul"],
  ["/.git", "hidden"],
  ["/%2egit", "hidden"],
  ["/a/../.git", "hidden"],
  ["/...", "hidden"],
  ["/a/.well-known/b", "hidden"],
  ["/.well-known/.git", "hidden"],
];
for (const [target, reason] of refusals) {
  test(`\`resolveUrlPath\` refuses ${quoted(target)}: ${reason}`, () => {
    assert.deepEqual(resolve(target), { kind: "refused", reason });
  });
}

test("`resolveUrlPath` returns names that begin with a dot if they are allowed", () => {
  for (const name of [".git", "...", "..a", ".well-known"]) {
    assert.deepEqual(resolve(`/a/${name}`, "linux", true), path(["a", name], false));
  }
  assert.deepEqual(resolve("/../.git", "linux", true), { kind: "refused", reason: "above-root" });
});

for (const target of ["/a%5Cb", "/GIT~1/config", "/con/../a"]) {
  test(`\`resolveUrlPath\` refuses ${quoted(target)} on Windows alone`, () => {
    assert.deepEqual(resolve(target, "win32", true), { kind: "refused", reason: "unsafe-name" });
    assert.equal(resolve(target, "linux", true).kind, "path");
  });
}

/** Bytes with a meaning in paths, percent-encoded or not, among any others. */
const anyPiece = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom("/", "..", ".", "%2e", "%2E%2e", "%2f", "%5c", "%00", "%", "a") },
  fc.constantFrom(
    "\\",
    "?",
    "#",
    "%25",
    "%252e",
    "%c0%af",
    "%c0%ae",
    "%e0%80%af",
    "%ff",
    "\xff",
    "c:",
    " ",
    "~1",
  ),
  fc.uint8Array({ maxLength: 3 }).map((bytes) => Buffer.from(bytes).toString("hex").replace(/../g, "%$&")),
  anyText({ maxLength: 3 }),
);
const anyTarget = fc.array(anyPiece, { maxLength: 14 }).map((pieces) => `/${pieces.join("")}`);

test("`resolveUrlPath` never returns a name that leads elsewhere, or is hidden", () => {
  fc.assert(
    fc.property(
      anyTarget,
      fc.constantFrom<NodeJS.Platform>("linux", "win32"),
      fc.boolean(),
      (target, platform, dotfiles) => {
        const resolved = resolveUrlPath(target, { dotfiles, platform });
        if (resolved.kind === "refused") return;
        const bad = platform === "win32" ? /[/\0\\:]|^$|[. ]$/ : /[/\0]|^$|^\.\.?$/;
        assert.ok(resolved.segments.every((name) => !bad.test(name)));
        const hidden = resolved.segments.filter((name, at) =>
          isHiddenName(name, at === 0 ? "root" : "below"),
        );
        assert.ok(dotfiles || hidden.length === 0);
      },
    ),
    { numRuns: 3000 },
  );
});

test("`resolveUrlPath` decodes exactly the encoded bytes, so that no byte becomes a slash or a dot", () => {
  const anyByte = fc.oneof(
    fc.constantFrom(0x2e, 0x2f, 0xc0, 0xc1, 0xe0, 0x80, 0xae, 0xaf, 0xf0, 0xed, 0xa0),
    fc.integer({ min: 1, max: 255 }),
  );
  fc.assert(
    fc.property(fc.array(anyByte, { minLength: 1, maxLength: 12 }), (values) => {
      const bytes = Buffer.from(values);
      fc.pre(!["/", ".", "..", "./", "../"].includes(bytes.toString("latin1")));
      const resolved = resolve(`/${bytes.toString("hex").replace(/../g, "%$&")}`, "linux", true);
      const end = bytes.at(-1) === 0x2f ? -1 : bytes.length;
      const name = bytes.subarray(0, end);
      if (name.includes(0x2f)) assert.deepEqual(resolved, { kind: "refused", reason: "separator" });
      else {
        assert.equal(resolved.kind, "path");
        const [segment = ""] = resolved.kind === "path" ? resolved.segments : [];
        assert.deepEqual(Buffer.from(fsEncode(segment)), name);
      }
    }),
    { numRuns: 3000 },
  );
});

test("`resolveUrlPath` finds every name that a listing links to", () => {
  const anyName = fc
    .oneof(
      anyText().map((text) => Buffer.from(text)),
      fc.uint8Array().map((bytes) => Buffer.from(bytes)),
      fc.constantFrom("\\", "..\\..", "%2e%2e", "%", "a\n", "?", "#", "c:").map((text) => Buffer.from(text)),
    )
    .map((bytes) => fsDecode(Buffer.from(bytes.filter((byte) => byte !== 0 && byte !== 0x2f))));
  fc.assert(
    fc.property(anyName, (name) => {
      fc.pre(name !== "" && name !== "." && name !== "..");
      assert.deepEqual(resolve(`/folder/${encodePath(name)}`, "linux", true), path(["folder", name], false));
      assert.deepEqual(resolve(`/folder/${encodePath(name)}/`, "linux", true), path(["folder", name], true));
    }),
    { numRuns: 2000 },
  );
});

test("`resolveUrlPath` finds the same directory behind a redirect", () => {
  fc.assert(
    fc.property(anyTarget, (target) => {
      const resolved = resolve(target, "linux", true);
      if (resolved.kind === "refused" || resolved.asksForDirectory) return;
      assert.deepEqual(resolve(redirectTarget(target), "linux", true), {
        ...resolved,
        asksForDirectory: true,
      });
    }),
    { numRuns: 2000 },
  );
});

test("`resolveUrlPath` has the same result for an encoded path and one that needs no decoding", () => {
  const anyPart = fc.oneof(
    fc.constantFrom(" ", ..."a Z 0 - _ ~ . .. / // /. a. .a .well-known con \\".split(" ")),
    fc.string({ minLength: 1, maxLength: 1 }).filter((character) => !/[%?#]/.test(character)),
  );
  const anyPath = fc.array(anyPart, { maxLength: 10 }).map((parts) => `/${parts.join("")}`);
  const escapeOf = (character: string) => `%${character.charCodeAt(0).toString(16).padStart(2, "0")}`;
  fc.assert(
    fc.property(anyPath, fc.boolean(), fc.constantFrom("linux", "win32"), (target, dotfiles, platform) => {
      // All except the characters that have a meaning only if they are not encoded.
      const encoded = target.replace(/[^/\\]/g, escapeOf);
      assert.deepEqual(resolve(target, platform, dotfiles), resolve(encoded, platform, dotfiles));
    }),
    { numRuns: 3000 },
  );
});

test("`joinBelow` is `join` for complete names", () => {
  const anyDirectory = fc.oneof(
    fc.constantFrom("", ...". ./ .. / // /srv/www /srv/www/ /srv/../www site ./site// a/..".split(" ")),
    fc.string(),
  );
  const anyName = anyText({ minLength: 1 }).filter(
    (name) => !/[/\\]/.test(name) && name !== "." && name !== "..",
  );
  fc.assert(
    fc.property(anyDirectory, fc.array(anyName), (directory, names) => {
      assert.equal(joinBelow(directory, names), join(directory, ...names));
      assert.equal(joinBelow(directory, names), join(directory, ...names)); // and again, with what is known
    }),
    { numRuns: 3000 },
  );
});

const rows: [name: string, inRoot: boolean, below: boolean][] = [
  ["a", false, false],
  ["a.b", false, false],
  ["a.", false, false],
  ["%2egit", false, false], // a decoded name
  [" .git", false, false],
  [".git", true, true],
  [".", true, true],
  ["...", true, true],
  ["..a", true, true],
  [".well-known", false, true],
  [".Well-Known", true, true],
  [".well-known ", true, true],
  [".well-known2", true, true],
  ["\u200c.git", true, true],
  ["\ufeff\u202e.git", true, true],
  ["\u200cgit", false, false],
];
for (const [name, inRoot, below] of rows) {
  test(`\`isHiddenName\` says ${inRoot} for ${JSON.stringify(name)} in the root, and ${below} below`, () => {
    assert.deepEqual([isHiddenName(name, "root"), isHiddenName(name, "below")], [inRoot, below]);
  });
}
