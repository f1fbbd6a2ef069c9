import assert from "node:assert/strict";
import * as fs from "node:fs";
import { join } from "node:path";
import test, { type TestContext } from "node:test";

import {
  holdsDescriptor,
  holdsName,
  type Locate,
  locateByName,
  locateDescriptor,
  type SymlinkPolicy,
} from "#src/files/containment.js";
import { fsDecode } from "#src/files/fs-name.js";
import { Lane } from "#src/files/lane.js";
import { openFile } from "#src/files/open-file.js";
import { temporaryTree, withoutPrivileges } from "../support/file-server.js";
import { openDescriptors } from "../support/servers.js";

const skip = process.platform === "win32" && "links need a privilege here";
const onLinux = { skip: process.platform !== "linux" && "other systems have other names" };

/** Both ways to find the place of an open file. */
const WAYS: Readonly<Record<string, Locate>> = {
  "by its descriptor": locateDescriptor,
  "by its name": locateByName,
};

function tree(t: TestContext): string {
  return temporaryTree(t, {
    "root/file": "inside",
    "root/folder/file": "inside",
    "root/folder/deep/file": "inside",
    "root/to-file": { linkTo: "folder/file" },
    "root/to-folder": { linkTo: "folder" },
    "root/to-root": { linkTo: "." },
    "root/chain": { linkTo: "to-folder/deep/../../to-file" },
    "root/round": { linkTo: "../root/file" },
    "root/loop": { linkTo: "loop" },
    "root/ping": { linkTo: "pong/x" },
    "root/pong": { linkTo: "ping/x" },
    "root/broken": { linkTo: "nowhere" },
    "root/out": { linkTo: "../outside" },
    "root/out-file": { linkTo: "../outside/file" },
    "root/out-absolute": { linkTo: "/etc" },
    "root/out-chain": { linkTo: "folder/../to-folder/up/outside" },
    "root/folder/up": { linkTo: "../.." },
    "root/out-broken": { linkTo: "../outside/none" },
    "root/out-sibling": { linkTo: "../root-secret/file" },
    "root/out-device": { linkTo: "/dev/null" },
    "outside/file": "outside",
    "outside/back": { linkTo: "../root/file" },
    "root-secret/file": "outside",
    "link-to-root": { linkTo: "root" },
    "links/deep": { linkTo: "../link-to-root/folder" },
  });
}

type Outcome = "file" | "directory" | "missing" | "forbidden";

const rows: [path: string, all: Outcome, inside: Outcome, none: Outcome][] = [
  ["", "directory", "directory", "directory"],
  ["/", "directory", "directory", "directory"],
  ["/file", "file", "file", "file"],
  ["/folder", "directory", "directory", "directory"],
  ["/folder/", "directory", "directory", "directory"],
  ["/folder/deep/file", "file", "file", "file"],
  ["/none", "missing", "missing", "missing"],
  ["/file/", "missing", "missing", "missing"],
  ["/to-file", "file", "file", "missing"],
  ["/to-folder", "directory", "directory", "missing"],
  ["/to-folder/", "directory", "directory", "missing"],
  ["/to-folder/file", "file", "file", "missing"],
  ["/to-root", "directory", "directory", "missing"],
  ["/to-root/to-root/file", "file", "file", "missing"],
  ["/chain", "file", "file", "missing"],
  ["/round", "file", "file", "missing"],
  ["/loop", "missing", "missing", "missing"],
  ["/ping", "missing", "missing", "missing"],
  ["/broken", "missing", "missing", "missing"],
  ["/out", "directory", "missing", "missing"],
  ["/out/", "directory", "missing", "missing"],
  ["/out/file", "file", "missing", "missing"],
  ["/out/none", "missing", "missing", "missing"],
  ["/out/back", "file", "file", "missing"],
  ["/out-file", "file", "missing", "missing"],
  ["/out-absolute/passwd", "file", "missing", "missing"],
  ["/out-chain/file", "file", "missing", "missing"],
  ["/folder/up", "directory", "missing", "missing"],
  ["/folder/up/root", "directory", "directory", "missing"],
  ["/folder/up/root/file", "file", "file", "missing"],
  ["/out-broken", "missing", "missing", "missing"],
  ["/out-sibling", "file", "missing", "missing"],
  ["/out-device", "forbidden", "missing", "missing"],
  ["/../outside/file", "file", "missing", "missing"], // is written as if it were below the root
];
for (const [way, locate] of Object.entries(WAYS)) {
  test(`\`openFile\` finds only what its links may lead to, ${way}`, { skip }, async (t) => {
    const root = `${tree(t)}/root`;
    for (const [path, all, inside, none] of rows) {
      const outcomes = { all, inside, none };
      for (const [symlinks, outcome] of Object.entries(outcomes) as [SymlinkPolicy, Outcome][]) {
        assert.equal(await kindOf(root + path, root, symlinks, locate), outcome, `${path}, ${symlinks}`);
      }
    }
  });

  const spellings: Readonly<Record<string, (directory: string) => string>> = {
    "a slash at its end": (directory) => `${directory}/root/`,
    "a dot at its end": (directory) => `${directory}/root/.`,
    "two slashes in it": (directory) => `${directory}//root`,
    "a link at its end": (directory) => `${directory}/link-to-root`,
    "no absolute path": () => "root",
    "a dot at its beginning": () => "./root/",
    "a link, as a relative path": () => "link-to-root",
  };
  for (const [what, spelled] of Object.entries(spellings)) {
    test(`\`openFile\` knows a root with ${what}, ${way}`, { skip }, async (t) => {
      const directory = tree(t);
      await inDirectory(directory, async () => {
        const root = spelled(directory);
        for (const symlinks of ["inside", "none"] as const) {
          assert.equal(await kindOf(join(root, "folder/file"), root, symlinks, locate), "file");
          assert.equal(await kindOf(join(root, "out/file"), root, symlinks, locate), "missing");
          assert.equal(await kindOf(join(root), root, symlinks, locate), "directory");
        }
      });
    });
  }

  test(`\`openFile\` knows a root behind a link above it, ${way}`, { skip }, async (t) => {
    const root = `${tree(t)}/links/deep`;
    assert.equal(await kindOf(`${root}/file`, root, "none", locate), "file");
    assert.equal(await kindOf(`${root}/up/outside/file`, root, "inside", locate), "missing");
  });

  test(`\`openFile\` knows the current directory as a root, ${way}`, { skip }, async (t) => {
    const directory = tree(t);
    await inDirectory(`${directory}/root`, async () => {
      for (const root of [".", "", "./"]) {
        assert.equal(await kindOf(join(root, "file"), root, "none", locate), "file");
        assert.equal(await kindOf(join(root, "out/file"), root, "inside", locate), "missing");
        assert.equal(await kindOf(join(root), root, "none", locate), "directory");
        assert.equal(await kindOf("../outside/file", root, "none", locate), "file"); // is written as another's
      }
    });
    await inDirectory(directory, async () => {
      assert.equal(await kindOf("outside/file", ".", "none", locate), "file");
      assert.equal(await kindOf("root/out/file", ".", "inside", locate), "file");
    });
  });

  test(`\`openFile\` serves all of the file system from its top, ${way}`, { skip }, async (t) => {
    const directory = tree(t);
    assert.equal(await kindOf(`${directory}/root/out/file`, "/", "inside", locate), "file");
    assert.equal(await kindOf(`${directory}/root/out/file`, "/", "none", locate), "missing");
    assert.equal(await kindOf(`${directory}/root/file`, "/", "none", locate), "file");
    assert.equal(await kindOf("/", "/", "none", locate), "directory");
  });

  test(`\`openFile\` compares names that are not UTF-8 by their bytes, ${way}`, onLinux, async (t) => {
    const directory = `${tree(t)}/`;
    const bytes = (name: string) => Buffer.from(directory + name, "latin1");
    for (const name of ["\xfe", "\xff"]) {
      fs.mkdirSync(bytes(name));
      fs.writeFileSync(bytes(`${name}/\xfd`), "");
    }
    fs.symlinkSync(Buffer.from("../\xff/\xfd", "latin1"), bytes("\xfe/out"));
    const root = fsDecode(bytes("\xfe"));
    assert.equal(await kindOf(`${root}/\udcfd`, root, "none", locate), "file");
    assert.equal(await kindOf(`${root}/out`, root, "inside", locate), "missing");
  });

  test(`\`openFile\` follows the root to where it is led, at once, ${way}`, { skip }, async (t) => {
    const directory = temporaryTree(t, {
      "releases/1/a": "1",
      "releases/2/a": "2",
      "releases/2/old": { linkTo: "../1/a" },
      current: { linkTo: "releases/1" },
    });
    const root = `${directory}/current`;
    for (const release of ["1", "2", "1", "2"]) {
      fs.symlinkSync(`releases/${release}`, `${directory}/next`);
      fs.renameSync(`${directory}/next`, root);
      for (const symlinks of ["none", "inside"] as const) {
        assert.equal(await contentOf(`${root}/a`, root, symlinks, locate), release);
      }
    }
    assert.equal(await kindOf(`${root}/old`, root, "inside", locate), "missing");
  });

  test(`\`openFile\` follows a root that is moved away and made anew, ${way}`, { skip }, async (t) => {
    const directory = temporaryTree(t, { "root/a": "1", "new/a": "2" });
    const root = `${directory}/root`;
    assert.equal(await contentOf(`${root}/a`, root, "none", locate), "1");
    fs.renameSync(root, `${directory}/old`);
    assert.equal(await kindOf(`${root}/a`, root, "inside", locate), "missing");
    fs.renameSync(`${directory}/new`, root);
    assert.equal(await contentOf(`${root}/a`, root, "none", locate), "2");
  });

  test(`\`openFile\` serves hard links, ${way}`, { skip }, async (t) => {
    const directory = tree(t);
    fs.linkSync(`${directory}/outside/file`, `${directory}/root/hard`);
    assert.equal(await kindOf(`${directory}/root/hard`, `${directory}/root`, "none", locate), "file");
  });

  test(`\`openFile\` gives no file whose place can't be told, ${way}`, { skip }, async (t) => {
    const root = `${tree(t)}/root`;
    assert.equal(await kindOf(`${root}/file`, root, "inside", () => undefined), "missing");
    assert.equal(await kindOf(`${root}/file`, `${root}-none`, "inside", locate), "file"); // is written as another's
    assert.equal(await kindOf(`${root}/none/file`, `${root}/none`, "inside", locate), "missing");
  });
}

test("`openFile` leaves no descriptor open for files outside", {
  skip: skip || !openDescriptors(),
}, async (t) => {
  const root = `${tree(t)}/root`;
  await kindOf(`${root}/file`, root, "none"); // the thread pool has a descriptor of its own
  const before = openDescriptors();
  for (const path of ["out-file", "out", "out-device", "out/none", "to-file"]) {
    for (let round = 0; round < 10; round++) await openFile(`${root}/${path}`, { root, symlinks: "none" });
  }
  assert.equal(openDescriptors(), before);
});

test("`openFile` returns a file that is replaced or deleted between opening and checking", {
  skip,
}, async (t) => {
  const directory = tree(t);
  const root = `${directory}/root`;
  const path = `${root}/folder/file`;
  const changes: Readonly<Record<string, (() => void)[]>> = {
    inside: [
      () => fs.rmSync(path),
      () => fs.writeFileSync(path, "inside"),
      () => {
        fs.writeFileSync(`${path}.new`, "inside");
        fs.renameSync(`${path}.new`, path);
      },
    ],
    none: [
      () => {
        fs.writeFileSync(`${path}.new`, "inside");
        fs.renameSync(`${path}.new`, path);
      },
      () => {
        fs.renameSync(`${root}/folder`, `${root}/moved`);
        fs.cpSync(`${root}/moved`, `${root}/folder`, { recursive: true });
        fs.rmSync(`${root}/moved`, { recursive: true });
      },
    ],
  };
  for (const symlinks of ["inside", "none"] as const) {
    for (const change of changes[symlinks] ?? []) {
      assert.equal(await contentOf(path, root, symlinks, oneBefore(change, locateDescriptor)), "inside");
      if (!fs.existsSync(path)) fs.writeFileSync(path, "inside");
    }
  }
});

test("`openFile` takes no file for the root that is called as a deleted one would be", onLinux, async (t) => {
  const directory = temporaryTree(t, { "x (deleted)/a": "inside", x: "outside" });
  const root = `${directory}/x (deleted)`;
  fs.symlinkSync("../x", `${root}/out`);
  const locate: Locate = (fd, path) => {
    fs.rmSync(`${directory}/x`, { force: true });
    const place = locateDescriptor(fd, path);
    assert.equal(place, root);
    return place;
  };
  const fd = fs.openSync(`${root}/out`, "r");
  const holds = holdsDescriptor({ root, symlinks: "inside" }, fd, `${root}/out`, "file", new Lane(), locate);
  assert.equal(await holds, false);
  fs.closeSync(fd);
});

test("`locateByName` does not find a file whose name now belongs to another", { skip }, async (t) => {
  const root = `${tree(t)}/root`;
  const fd = fs.openSync(`${root}/out-file`, "r");
  t.after(() => fs.closeSync(fd));
  assert.equal(locateByName(fd, `${root}/out-file`), fs.realpathSync(`${root}/out-file`));
  fs.rmSync(`${root}/out-file`);
  assert.equal(locateByName(fd, `${root}/out-file`), undefined);
  fs.symlinkSync("folder/file", `${root}/out-file`);
  assert.equal(locateByName(fd, `${root}/out-file`), undefined);
});

test("`openFile` treats an unreadable file outside like a missing one", { skip }, async (t) => {
  const directory = temporaryTree(t, {
    "root/closed": "",
    "root/barred/file": "",
    "root/out": { linkTo: "../outside" },
    "root/out-closed": { linkTo: "../outside/closed" },
    "root/out-barred": { linkTo: "../outside/barred/file" },
    "root/to-closed": { linkTo: "closed" },
    "root/entered/file": "",
    "outside/closed": "",
    "outside/barred/file": "",
    "outside/entered/file": "",
  });
  for (const path of ["root/closed", "root/barred", "outside/closed", "outside/barred"]) {
    fs.chmodSync(`${directory}/${path}`, 0);
  }
  for (const path of ["root/entered", "outside/entered"]) fs.chmodSync(`${directory}/${path}`, 0o711);
  const expected: [path: string, inside: Outcome, none: Outcome][] = [
    ["closed", "forbidden", "forbidden"],
    ["barred/file", "forbidden", "forbidden"],
    ["barred/none", "forbidden", "forbidden"],
    ["entered", "directory", "directory"],
    ["entered/", "directory", "directory"],
    ["to-closed", "forbidden", "missing"],
    ["out/closed", "missing", "missing"],
    ["out/barred/file", "missing", "missing"],
    ["out/entered", "missing", "missing"],
    ["out/entered/", "missing", "missing"],
    ["out/none", "missing", "missing"],
    ["out-closed", "missing", "missing"],
    ["out-barred", "missing", "missing"],
  ];
  const root = `${directory}/root`;
  await withoutPrivileges(async () => {
    for (const [path, inside, none] of expected) {
      assert.equal(await kindOf(`${root}/${path}`, root, "inside"), inside, path);
      assert.equal(await kindOf(`${root}/${path}`, root, "none"), none, path);
    }
  });
  for (const path of ["root/barred", "outside/barred"]) fs.chmodSync(`${directory}/${path}`, 0o755);
});

test("`holdsName` finds the target of names, for a listing", { skip }, async (t) => {
  const directory = tree(t);
  const root = `${directory}/root`;
  const lane = new Lane();
  const names: [name: string, inside: boolean, none: boolean][] = [
    ["", true, true],
    ["file", true, true],
    ["folder", true, true],
    ["to-folder", true, false],
    ["chain", true, false],
    ["out", false, false],
    ["out/none", false, false],
    ["out-file", false, false],
    ["broken", false, false],
    ["loop", false, false],
    ["none", true, true],
    ["../outside", false, false],
  ];
  for (const [name, inside, none] of names) {
    const path = `${root}/${name}`;
    const answers = (["all", "inside", "none"] as const).map((symlinks) =>
      holdsName({ root, symlinks }, path, lane),
    );
    assert.deepEqual(await Promise.all(answers), [true, inside, none], name);
  }
  assert.equal(await holdsName({ root, symlinks: "none" }, `${directory}/outside/file`, lane), true);
  assert.equal(
    await holdsName({ root: `${root}/none`, symlinks: "inside" }, `${root}/none/file`, lane),
    false,
  );
});

test("`openFile` works with more roots than it caches", { skip }, async (t) => {
  const directory = temporaryTree(
    t,
    Object.fromEntries(Array.from({ length: 300 }, (_, at) => [`${at}/file`, ""])),
  );
  for (let round = 0; round < 2; round++) {
    for (let at = 0; at < 300; at++) {
      assert.equal(await kindOf(`${directory}/${at}/file`, `${directory}/${at}`, "none"), "file");
    }
  }
});

async function kindOf(path: string, root: string, symlinks: SymlinkPolicy, locate?: Locate): Promise<string> {
  const opened = await openFile(path, { root, symlinks }, undefined, locate);
  if (opened.kind === "file") opened.file.close();
  return opened.kind;
}

async function contentOf(
  path: string,
  root: string,
  symlinks: SymlinkPolicy,
  locate: Locate,
): Promise<string> {
  const opened = await openFile(path, { root, symlinks }, undefined, locate);
  assert.equal(opened.kind, "file");
  if (opened.kind !== "file") return "";
  const content = String(await opened.file.read(100));
  opened.file.close();
  return content;
}

/** Runs work before the first look. */
function oneBefore(change: () => void, locate: Locate): Locate {
  let isDone = false;
  return (fd, path) => {
    if (!isDone) change();
    isDone = true;
    return locate(fd, path);
  };
}

async function inDirectory(directory: string, body: () => Promise<void>): Promise<void> {
  const before = process.cwd();
  process.chdir(directory);
  try {
    await body();
  } finally {
    process.chdir(before);
  }
}
