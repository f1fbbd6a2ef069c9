import assert from "node:assert/strict";
import test from "node:test";
import { pathToFileURL } from "node:url";
import * as pyserve from "pyserve";
import { ROOT } from "./markdown.js";
import { PAGES, pageAt } from "./pages.js";

const PAGE = "docs/explanation/the-requests-way.md";

/** A class by its name, if pyserve has it. */
const classes = pyserve as unknown as Record<string, (new () => unknown) | undefined>;

const { figureOf } = (await import(pathToFileURL(`${ROOT}docs/typedoc-diagrams.mjs`).href)) as {
  figureOf(source: string, id: string): string;
};

const diagrams = PAGES.flatMap(({ path, blocks }) =>
  blocks
    .filter(({ language }) => language === "mermaid")
    .map(({ text, line }) => ({ place: `${path}:${line}`, text })),
);

test("There are diagrams", () => {
  assert.notEqual(diagrams.length, 0);
});

for (const { place, text } of diagrams) {
  test(`The diagram of ${place} becomes a drawing with a title and a description, and fetches nothing`, () => {
    const figure = figureOf(text, "diagram-7");
    assert.match(figure, /<svg [^>]*role="img" aria-labelledby="diagram-7-title"/);
    assert.match(figure, /<title id="diagram-7-title">[^<]+<\/title>/);
    assert.match(figure, /<desc id="diagram-7-description">[^<]+<\/desc>/);
    assert.doesNotMatch(figure.replace('xmlns="http://www.w3.org/2000/svg"', ""), /\/\/|@import/);
    assert.deepEqual(
      [...figure.matchAll(/\bid="([^"]*)"|url\(#([^)]*)\)/g)]
        .map(([, id, used]) => id ?? used ?? "")
        .filter((id) => !id.startsWith("diagram-7-")),
      [],
    );
  });

  test(`The diagram of ${place} has an arrow for each class that another extends, and names it in its description`, () => {
    const description = /accDescr: (.*)/.exec(text)?.[1] ?? "";
    const arrows = [...text.matchAll(/^ *(\w+) <\|-- (\w+)$/gm)];
    assert.notEqual(arrows.length, 0);
    for (const [arrow, base = "", derived = ""] of arrows) {
      const [baseClass, derivedClass] = [classes[base], classes[derived]];
      assert.ok(baseClass !== undefined && derivedClass !== undefined, arrow);
      assert.equal(Object.getPrototypeOf(derivedClass), baseClass, arrow);
      assert.match(description, new RegExp(`\\b${base}\\b.*\\b${derived}\\b`));
    }
  });
}

test(`${PAGE} has every class of servers and handlers`, () => {
  const { blocks, tables } = pageAt(PAGE);
  const shown = [...blocks.map(({ text }) => text), ...tables.flat(2)].join("\n");
  const names = Object.keys(pyserve).filter((name) => /(?:Server|Handler)$/.test(name));
  assert.notEqual(names.length, 0);
  assert.deepEqual(
    names.filter((name) => !new RegExp(`\\b${name}\\b`).test(shown)),
    [],
  );
});

for (const [missing, source] of [
  ["a title", "classDiagram\n  accDescr: One is the base of Two.\n  One <|-- Two\n"],
  ["a description", "classDiagram\n  accTitle: Two classes\n  One <|-- Two\n"],
] as const) {
  test(`A diagram without ${missing} is refused`, () => {
    assert.throws(() => figureOf(source, "diagram-1"), /accTitle.*accDescr/);
  });
}
