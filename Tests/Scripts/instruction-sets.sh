#!/usr/bin/env bash
# Shows that code for a wide instruction set stays where it belongs: the kernels' objects share no
# functions with others, and the tests of kernels, tensors and models pass on emulated CPUs of 2008
# (no AVX) and 2013 (AVX2). Needs qemu-user; run it after `swift build -c release --build-tests`.
set -euo pipefail
cd "$(dirname "$0")/../.."
build=.build/release
log=$(mktemp)
trap 'rm -f "$log"' EXIT

if [ "$(uname -sm)" != "Linux x86_64" ]; then
  echo "instruction-sets.sh: nothing to show, only x86-64 has several sets"
  exit
fi

# A linker keeps one copy of a function that several objects bring along, perhaps the wide one.
# Names of a module's own functions hold the module's name.
for module in TesseraKernelsAVX2 TesseraKernelsAVX512 TesseraKernelsAVX512VNNI; do
  objects=("$build/$module.build"/*.o)
  if [ ! -e "${objects[0]}" ]; then
    echo "instruction-sets.sh: $module is not built" >&2
    exit 1
  fi
  shared=$(nm "${objects[@]}" | awk '$2 == "W" {print $3}' | grep -v "$module" || true)
  if [ -n "$shared" ]; then
    echo "$module shares functions with narrower code: $shared" >&2
    exit 1
  fi
  echo "$module: shares no function"
done

# The kernels are asked for by name, because without FMA OpenBLAS is the default. Whether OpenBLAS is
# right on such a CPU is not our question.
for emulated in Nehalem:baseline Haswell:avx2; do
  echo "== $emulated"
  status=0
  # What a machine tells OpenBLAS of its own processor is wrong of this one.
  env -u OPENBLAS_CORETYPE -u OPENBLAS_L2_SIZE TESSERA_ISA=${emulated#*:} qemu-x86_64 -cpu "${emulated%:*}" \
    "$build/TesseraPackageTests.xctest" --testing-library swift-testing \
    --filter '^(KernelsTests|TensorsTests|ModelsTests)\.' >"$log" 2>&1 || status=$?
  # A filter that matches nothing passes as well.
  if [ $status != 0 ] || ! grep -E 'Test run with [1-9][0-9]+ tests .* passed' "$log"; then
    grep -E 'failed|recorded|rror' "$log" | head -30 >&2 || true
    tail -5 "$log" >&2
    echo "instruction-sets.sh: the tests fail on an emulated $emulated" >&2
    exit 1
  fi
done
