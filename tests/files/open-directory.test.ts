import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import test, { type TestContext } from "node:test";

import type { Containment } from "#src/files/containment.js";
import { Lane } from "#src/files/lane.js";
import { type OpenDirectory, openDirectory } from "#src/files/open-file.js";
import { temporaryTree, withoutPrivileges } from "../support/file-server.js";
import { openDescriptors } from "../support/servers.js";

const skip = process.platform === "win32" && "links need a privilege here";

function tree(t: TestContext): string {
  return temporaryTree(t, {
    "root/folder/in": "",
    "root/to-folder": { linkTo: "folder" },
    "root/out": { linkTo: "../outside" },
    "root/to-file": { linkTo: "file" },
    "root/file": "",
    "outside/secret": "",
  });
}

const open = (path: string, containment?: Containment) => openDirectory(path, containment, new Lane());

async function opened(path: string, containment?: Containment): Promise<OpenDirectory> {
  const found = await open(path, containment);
  assert.equal(found.kind, "directory");
  return (found as Extract<typeof found, { kind: "directory" }>).directory;
}

test("`openDirectory` opens directories that may be listed", { skip }, async (t) => {
  const root = `${tree(t)}/root`;
  execFileSync("mkfifo", [`${root}/fifo`]);
  const rows: [name: string, all: string, inside: string, none: string][] = [
    ["", "directory", "directory", "directory"],
    ["folder", "directory", "directory", "directory"],
    ["folder/", "directory", "directory", "directory"],
    ["to-folder", "directory", "directory", "missing"],
    ["out", "directory", "missing", "missing"],
    ["out/", "directory", "missing", "missing"],
    ["file", "missing", "missing", "missing"],
    ["to-file", "missing", "missing", "missing"],
    ["fifo", "missing", "missing", "missing"],
    ["none", "missing", "missing", "missing"],
    ["nul\0", "missing", "missing", "missing"],
  ];
  const before = openDescriptors();
  for (const [name, all, inside, none] of rows) {
    for (const [symlinks, kind] of Object.entries({ all, inside, none })) {
      const found = await open(`${root}/${name}`, { root, symlinks } as Containment);
      assert.equal(found.kind, kind, `${name}, ${symlinks}`);
      if (found.kind === "directory") found.directory.close();
    }
  }
  assert.equal(openDescriptors(), before);
});

test("`openDirectory` returns a name for reading the directory", { skip }, async (t) => {
  const root = `${tree(t)}/root`;
  for (const containment of [undefined, { root, symlinks: "none" } as const]) {
    const directory = await opened(`${root}/folder`, containment);
    assert.deepEqual(fs.readdirSync(directory.path), ["in"]);
    assert.ok(fs.statSync(`${directory.path}/in`).isFile());
    directory.close();
    directory.close();
  }
});

test("`openDirectory` stays with the checked directory", {
  skip: process.platform !== "linux" && "no directory is read by its descriptor here",
}, async (t) => {
  const root = `${tree(t)}/root`;
  const directory = await opened(`${root}/folder`, { root, symlinks: "inside" });
  fs.renameSync(`${root}/folder`, `${root}/moved`);
  fs.symlinkSync("../outside", `${root}/folder`);
  assert.deepEqual(fs.readdirSync(directory.path), ["in"]);
  directory.close();
});

test("`openDirectory` is forbidden if the directory may not be read, and missing if it is outside", {
  skip,
}, async (t) => {
  const directory = tree(t);
  const root = `${directory}/root`;
  fs.chmodSync(`${root}/folder`, 0o711);
  fs.chmodSync(`${directory}/outside`, 0o711);
  await withoutPrivileges(async () => {
    assert.equal((await open(`${root}/folder`, { root, symlinks: "inside" })).kind, "forbidden");
    assert.equal((await open(`${root}/out`, { root, symlinks: "inside" })).kind, "missing");
    assert.equal((await open(`${root}/out`, { root, symlinks: "all" })).kind, "forbidden");
  });
});
