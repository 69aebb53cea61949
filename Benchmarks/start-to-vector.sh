#!/usr/bin/env bash
# Time from the start of the process to the vector of one picture with words, which is what a
# command-line user waits for. With a second command, both run in turn, and the ratio is that of
# neighbours, so that a machine that changes its speed does not decide.
#
#   Benchmarks/start-to-vector.sh MODEL IMAGE [OTHER COMMAND …]
#
#   Benchmarks/start-to-vector.sh visualized-bge-base rgb.png \
#     python Tests/reference/reference_embeddings.py CHECKPOINT.pth item.jsonl out.safetensors
set -euo pipefail
runs=${RUNS:-5}
model=$1
image=$2
shift 2
tessera=$(dirname "$0")/../.build/release/tessera
results=$(mktemp)
trap 'rm -f "$results"' EXIT

# Seconds that a command takes.
seconds() {
  local start=$EPOCHREALTIME
  "$@" >/dev/null 2>&1
  awk -v a="$start" -v b="$EPOCHREALTIME" 'BEGIN { printf "%.3f\n", b - a }'
}
median() { sort -n | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'; }
ours() { seconds "$tessera" encode -m "$model" --image "$image" --text "blue whale"; }

ours >/dev/null  # the files are in the cache from here on
for ((run = 1; run <= runs; run++)); do
  mine=$(ours)
  if (($#)); then theirs=$(seconds "$@"); else theirs=nan; fi
  echo "$mine $theirs"
done >"$results"

echo "tessera: median $(cut -d' ' -f1 "$results" | median) s of $runs runs"
if (($#)); then
  echo "other:   median $(cut -d' ' -f2 "$results" | median) s"
  echo "ratio:   median $(awk '{ print $1 / $2 }' "$results" | median)"
fi
