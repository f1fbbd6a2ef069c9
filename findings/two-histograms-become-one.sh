#!/usr/bin/env bash
# parse-prometheus-text-format 1.1.1 makes one histogram out of two that differ in a label, and drops their labels, sums and counts.
#
# Prometheus' text format 0.0.4, "Histograms and summaries": the samples of a histogram have the label "le" beside those of their own; each
# set of these is a histogram. A server with a histogram of durations for each path or method writes such samples. The parser keeps the labels
# of counters and gauges, so only a reader that adds up the buckets notices that the paths have overwritten each other.
#
# Guess before the first run: two metrics, with the labels path="/a" and path="/b".
# Seen: a single one, without a label, whose buckets are those of the last path.
#
# Needs: Node 20 or newer with npm. Exits with 1 if the behaviour is another.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

npm install --silent --no-audit --no-fund --ignore-scripts parse-prometheus-text-format@1.1.1 >/dev/null

cat > try.mjs <<'SCRIPT'
import parse from "parse-prometheus-text-format";

const counters = ['# TYPE hits counter', 'hits{path="/a"} 1', 'hits{path="/b"} 3'];
const histograms = ["# TYPE seconds histogram", ...[["/a", 1], ["/b", 3]].flatMap(([path, count]) => [
  `seconds_bucket{path="${path}",le="1"} ${count}`,
  `seconds_bucket{path="${path}",le="+Inf"} ${count}`,
  `seconds_sum{path="${path}"} 0.5`,
  `seconds_count{path="${path}"} ${count}`,
])];
for (const lines of [counters, histograms]) console.log(JSON.stringify(parse(`${lines.join("\n")}\n`)[0].metrics));
SCRIPT
output=$(timeout 60 node try.mjs)
expected=$(cat <<'SEEN'
[{"value":"1","labels":{"path":"/a"}},{"value":"3","labels":{"path":"/b"}}]
[{"buckets":{"1":"3","+Inf":"3"}}]
SEEN
)
echo "$output"
[ "$output" = "$expected" ] || { echo "The behaviour is another; it was:"; echo "$expected"; exit 1; }
