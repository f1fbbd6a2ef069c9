#!/usr/bin/env bash
# prom2javascript 0.2.0 refuses all metrics of a page on which one value is NaN or -Inf.
#
# Prometheus' text format 0.0.4, "Comments, help text, and type information": a value is a float as Go parses it, and NaN, +Inf and -Inf are valid;
# client libraries write NaN for a quantile of a summary without recent observations. So a server that was idle for some minutes can't be
# read any more, and after the next request it can.
#
# Guess before the first run: the two metrics for each value, as Prometheus' own parsers give.
# Seen: both metrics with a number or +Inf; an error and no metric at all with -Inf or NaN.
#
# Needs: Node 20 or newer with npm. Exits with 1 if the behaviour is another.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

npm install --silent --no-audit --no-fund --ignore-scripts prom2javascript@0.2.0 >/dev/null

cat > try.mjs <<'SCRIPT'
import { getMetricsFromIterator } from "prom2javascript";

for (const value of ["0.25", "+Inf", "-Inf", "NaN"]) {
  const lines = [
    "# TYPE requests_total counter",
    "requests_total 5",
    "# TYPE duration_seconds summary",
    `duration_seconds{quantile="0.5"} ${value}`,
    "duration_seconds_sum 0",
    "duration_seconds_count 0",
  ];
  const answer = await getMetricsFromIterator(lines.values()).then(
    (metrics) => Object.keys(metrics).join(" and "),
    (error) => error.message,
  );
  console.log(`${value} -> ${answer}`);
}
SCRIPT
output=$(timeout 60 node try.mjs)
expected=$(cat <<'SEEN'
0.25 -> requests_total and duration_seconds
+Inf -> requests_total and duration_seconds
-Inf -> Unable to parse metric [duration_seconds{quantile="0.5"} -Inf]
NaN -> Unable to parse metric [duration_seconds{quantile="0.5"} NaN]
SEEN
)
echo "$output"
[ "$output" = "$expected" ] || { echo "The behaviour is another; it was:"; echo "$expected"; exit 1; }
