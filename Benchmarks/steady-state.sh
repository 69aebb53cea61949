#!/usr/bin/env bash
# Shows that a forward pass asks the system for no memory once the first ones have run: with three
# times as many passes in one process there are as many calls of mmap, munmap, mremap, brk and
# madvise. Small objects still come from the heap, which serves them from memory that it has. Needs
# strace.
#
#   Benchmarks/steady-state.sh MODEL [WORKLOAD …]
set -euo pipefail
model=$1
shift
(($#)) || set -- "text 1x16" "text 1x128" "text 8x128"
tessera=$(dirname "$0")/../.build/release/tessera
counts=$(mktemp)
trap 'rm -f "$counts"' EXIT
calls=mmap,munmap,mremap,brk,madvise

# How often a process calls for memory that runs a workload so many times, after two to warm up.
calls_of() {
  strace -f -c -U calls,name -e trace=$calls -o "$counts" "$tessera" bench -m "$model" \
    --workload "$1" --repetitions "$2" --seconds 0.001 --threads "$threads" >/dev/null
  awk '$2 == "total" { print $1 }' "$counts"
}

threads=${THREADS:-2}
few=${PASSES:-10}
many=$((3 * few))
status=0
for workload in "$@"; do
  first=$(calls_of "$workload" "$few")
  second=$(calls_of "$workload" "$many")
  echo "$workload: $first calls for memory with $few passes, $second with $many:" \
    "$(awk -v a="$first" -v b="$second" -v n=$((many - few)) \
      'BEGIN { printf "%.2f", (b - a) / n }') a pass"
  # Threads come to their memory in different orders, which changes the counts by a few. A pass that
  # asked for memory would add one call each time.
  ((2 * (second - first) < many - few)) || status=1
done
exit $status
