const EVALUATES = new Set(["-e", "--eval", "-p", "--print", "-pe"]);

/**
 * Node's own options for a worker, without those that say what the program is: a worker has another one, and
 * `--input-type` would end it. `undefined` where Node may hand on its own.
 */
export function workersExecArgv(own: readonly string[] = process.execArgv): string[] | undefined {
  if (!own.some((option) => isInputType(option))) return undefined;
  return own.filter((option, at) => !isOfProgram(option) && !EVALUATES.has(own[at - 1] ?? ""));
}

function isOfProgram(option: string): boolean {
  return isInputType(option) || EVALUATES.has(option) || /^--(?:eval|print)=/.test(option);
}

function isInputType(option: string): boolean {
  return option.startsWith("--input-type");
}
