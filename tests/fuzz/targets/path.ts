import assert from "node:assert/strict";
import { posix, win32 } from "node:path";
import { resolveUrlPath } from "#src/files/resolve-url-path.js";
import { decodePath, encodePath, redirectTarget, splitTarget } from "#src/files/url-path.js";

/** A path never leads out of the directory, and a redirect never to another host. */
export function holds(bytes: Buffer): void {
  const target = bytes.toString("latin1");
  const decoded = decodePath(splitTarget(target).path);
  assertInside("linux", target);
  assertInside("win32", target);
  assertStaysHere(redirectTarget(target));
  assert.equal(decodePath(encodePath(decoded)), decoded);
}

function assertInside(platform: "linux" | "win32", target: string): void {
  const resolved = resolveUrlPath(target, { dotfiles: true, platform });
  if (resolved.kind !== "path") return;
  const names = resolved.segments;
  for (const name of names) {
    assert.ok(name !== "" && name !== "." && name !== ".." && !/[/\0]/.test(name), name);
    if (platform === "win32") assert.doesNotMatch(name, /[\\:]/);
  }
  const [{ join }, root] = platform === "win32" ? [win32, "C:\\served\\"] : [posix, "/served/"];
  assert.ok(`${join(root, ...names)}/`.startsWith(root.slice(0, -1)), names.join("/"));
}

function assertStaysHere(location: string): void {
  assert.match(location, /^\/(?![/\\])[\x21-\x7e]*$/);
  assert.equal(new URL(location, "http://asked.example/").host, "asked.example");
}
