import assert from "node:assert/strict";
import { relative } from "node:path";
import test from "node:test";
import ts from "typescript";
import { SRC } from "./source-files.js";

/** Names of the types that are connections. */
const CONNECTIONS: ReadonlySet<string> = new Set(["Socket", "Duplex", "Connection"]);

test("only io/socket-sink.ts writes to a connection", () => {
  assert.deepEqual(filesThatWrite(), ["io/socket-sink.ts"]);
});

function filesThatWrite(): string[] {
  const config = ts.getParsedCommandLineOfConfigFile(`${SRC}../tsconfig.build.json`, {}, HOST);
  if (config === undefined) throw new Error("There is no tsconfig.build.json.");
  const program = ts.createProgram(config.fileNames, { ...config.options, noEmit: true, composite: false });
  const checker = program.getTypeChecker();
  return program
    .getSourceFiles()
    .filter(({ fileName }) => config.fileNames.includes(fileName))
    .filter((file) => writes(file, checker))
    .map(({ fileName }) => relative(SRC, fileName).replaceAll("\\", "/"));
}

const HOST: ts.ParseConfigFileHost = { ...ts.sys, onUnRecoverableConfigFileDiagnostic: () => {} };

function writes(node: ts.Node, checker: ts.TypeChecker): boolean {
  return (
    isWrite(node, checker) || (ts.forEachChild(node, (child) => writes(child, checker) || undefined) ?? false)
  );
}

/** `connection.write(…)`, found by the type of the object before the dot. */
function isWrite(node: ts.Node, checker: ts.TypeChecker): boolean {
  if (!ts.isCallExpression(node) || !ts.isPropertyAccessExpression(node.expression)) return false;
  const { name, expression } = node.expression;
  if (name.text !== "write") return false;
  const type = checker.getTypeAtLocation(expression);
  const names = (type.isIntersection() ? type.types : [type]).map(
    (part) => (part.aliasSymbol ?? part.symbol)?.name,
  );
  return names.some((found) => found !== undefined && CONNECTIONS.has(found));
}
