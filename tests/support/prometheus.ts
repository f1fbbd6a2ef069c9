import { execFileSync, spawnSync } from "node:child_process";

/** A number, as Prometheus' own client has read it. */
export interface ParsedSample {
  readonly type: string;
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

const PROGRAM = `
import json, sys
from prometheus_client.openmetrics import parser as openmetrics
from prometheus_client import parser as text
parse = {"openmetrics": openmetrics, "text": text}[sys.argv[1]].text_string_to_metric_families
json.dump([
    {"type": family.type, "name": sample.name, "labels": sample.labels, "value": str(sample.value)}
    for family in parse(sys.stdin.read()) for sample in family.samples
], sys.stdout)
`;

// Debian's packages are for Debian's Python, which may not be the first in the path.
const python = ["python3", "/usr/bin/python3"].find(
  (command) => spawnSync(command, ["-c", "import prometheus_client"]).status === 0,
);

/** The reason to leave out a test that parses metrics; `false` if there is none. */
export const withoutPrometheus = python === undefined && "there is no python3-prometheus-client";

/** Parses metrics with the parsers of Prometheus' client for Python. Its OpenMetrics parser is the reference. */
export function parseMetrics(format: "text" | "openmetrics", input: string): ParsedSample[] {
  const output = execFileSync(python as string, ["-c", PROGRAM, format], { input, encoding: "utf8" });
  return (JSON.parse(output) as (Omit<ParsedSample, "value"> & { value: string })[]).map((sample) => ({
    ...sample,
    value: Number(sample.value),
  }));
}
