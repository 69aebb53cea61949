#!/usr/bin/env bash
# Shows that code for a wide instruction set stays where it belongs: the kernels' objects share no
# functions with others, and the tests of kernels, tensors and models pass on emulated CPUs of 2008
# (no AVX), 2013 (AVX2). Needs qemu-user; run it after `swift build -c release --build-tests`.
set -euo pipefail
cd "$(dirname "$0")/../.."
build=.build/release

# A linker keeps one copy of a function that several objects bring along, perhaps the wide one.
# Names of a module's own functions hold the module's name.
for module in KernelsAVX2 KernelsAVX512; do
  shared=$(nm "$build/$module.build"/*.o | awk '$2 == "W" {print $3}' | grep -v "$module" || true)
  if [ -n "$shared" ]; then
    echo "$module shares functions with narrower code: $shared" >&2
    exit 1
  fi
  echo "$module: shares no function"
done

# Without FMA, BLAS is the default, so the kernels are asked for by name.
for emulated in Nehalem:baseline Haswell:avx2; do
  echo "== $emulated"
  TESSERA_ISA=${emulated#*:} qemu-x86_64 -cpu "${emulated%:*}" \
    "$build/TesseraPackageTests.xctest" --testing-library swift-testing \
    --filter '^(KernelsTests|TensorsTests|ModelsTests)\.' 2>&1 | tail -1
done
