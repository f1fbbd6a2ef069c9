import type { Outcome } from "./job.js";

type Failure = Exclude<Outcome, { kind: "done" }>;

/** Returns the report of an outcome. */
export function reportOf(name: string, outcome: Outcome): string {
  return outcome.kind === "done" ? progressOf(name, outcome) : failureOf(name, outcome);
}

function progressOf(name: string, outcome: Extract<Outcome, { kind: "done" }>): string {
  const { executions, seconds, coverage, corpus } = outcome;
  const rate = Math.round(executions / seconds);
  const branches = `${coverage.reached} of ${coverage.total} branches`;
  return `${name}: ${executions} executions, ${rate}/s, ${branches}, ${corpus} texts in the corpus`;
}

function failureOf(name: string, outcome: Failure): string {
  const bytes = Buffer.from(outcome.bytes);
  const what = outcome.kind === "hang" ? "an input that does not come to its end" : outcome.error;
  return [
    `${name}, after ${outcome.executions} executions: ${what}`,
    `Input: ${JSON.stringify(bytes.toString("latin1"))}`,
    `Again: npm run fuzz -- --replay ${bytes.toString("base64")} ${name}`,
  ].join("\n");
}
