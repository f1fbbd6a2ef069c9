import { readFileSync } from "node:fs";

/** A command in the comment at the top of an example, and its expected output. */
export interface Try {
  readonly command: string;
  /** Lines; `...` stands for anything. */
  readonly output: string;
}

/** The comment at the top of an example, parsed. */
export interface Header {
  /** The command that starts it. */
  readonly start: string;
  /** Expected output without requests; empty if the comment has none. */
  readonly prints: string;
  readonly tries: readonly Try[];
  /** The ports in the comment, in their order. */
  readonly ports: readonly string[];
}

const COMMENT = /^\/\*\*\n((?: \*.*\n)+?) \*\/\n/;
const START = /^(?:npm run example|npx node) examples\//;
const PORT = /\b(?:8000|8001|9999)\b/g;

/**
 * Reads the comment at the top of an example.
 *
 * Its indented blocks are also for machines: the command that starts it, its output, and lines that begin with `$`,
 * each followed by its output.
 *
 * @throws `Error` if there is no such comment, or if it does not show how to start
 */
export function readHeader(file: string): Header {
  const comment = COMMENT.exec(readFileSync(file, "utf8"))?.[1];
  if (comment === undefined) throw new Error(`${file} does not begin with a comment.`);
  const lines = comment.split("\n").map((line) => line.slice(3));
  const blocks = indentedBlocks(lines);
  const start = blocks.flat().find((line) => START.test(line));
  if (start === undefined) throw new Error(`${file} does not say how to start it.`);
  const shown = blocks.filter((block) => !block.includes(start));
  return {
    start,
    prints: shown
      .filter(([first]) => !first?.startsWith("$ "))
      .flat()
      .join("\n"),
    tries: shown.filter(([first]) => first?.startsWith("$ ")).flatMap(triesOf),
    ports: [...new Set(comment.match(PORT))],
  };
}

/** Returns the blocks that are indented by four, without the indentation. */
function indentedBlocks(lines: readonly string[]): string[][] {
  const blocks: string[][] = [];
  let isInside = false;
  for (const line of lines) {
    const isIndented = line.startsWith("    ");
    if (isIndented && !isInside) blocks.push([]);
    if (isIndented) blocks.at(-1)?.push(line.slice(4));
    isInside = isIndented;
  }
  return blocks;
}

function triesOf(block: readonly string[]): Try[] {
  const text = `\n${block.join("\n")}`;
  return text
    .split("\n$ ")
    .slice(1)
    .map((part) => {
      const [command = "", ...output] = part.split("\n");
      return { command, output: output.join("\n") };
    });
}
