#!/usr/bin/env bash
# The pages of the module Tessera, with all that it takes over from TesseraEmbedders, into
# .build/documentation. Fails where docc warns. Needs no more than the toolchain.
set -euo pipefail
cd "$(dirname "$0")/.."
toolchain=$(dirname "$(realpath "$(command -v swift)")")
graphs=$(mktemp -d)
trap 'rm -rf "$graphs"' EXIT

swift build -c release --target Tessera
bin=$(swift build -c release --show-bin-path)
target=$(swift -print-target-info | sed -n 's/^ *"unversionedTriple": "\(.*\)",*$/\1/p')
"$toolchain/swift-symbolgraph-extract" -module-name Tessera -target "$target" -I "$bin/Modules" \
  -minimum-access-level public -experimental-allowed-reexported-modules=TesseraEmbedders \
  -skip-synthesized-members -output-dir "$graphs" \
  $(for map in Sources/C*/module.modulemap; do echo "-I $(dirname "$map")"; done)
"$toolchain/docc" convert Sources/Tessera/Tessera.docc --additional-symbol-graph-dir "$graphs" \
  --fallback-display-name Tessera --fallback-bundle-identifier tessera --warnings-as-errors \
  --output-path .build/documentation
echo "see .build/documentation: docc preview, or any server of files, shows it"
