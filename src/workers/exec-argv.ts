const EVALUATES = new Set(["-e", "--eval", "-p", "--print", "-pe"]);

/**
 * Returns Node's options for a worker, without those for the main program: a worker has another program, and
 * `--input-type` would end it. `undefined` if Node may pass on its own options.
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
