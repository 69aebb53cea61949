#!/usr/bin/env bash
# Shows that other packages can depend on this one by version. SwiftPM refuses such a dependency if
# it has unsafe flags. The last commit becomes version 0.0.1 of a repository in a temporary folder; a
# package that asks for it is built, and compares two texts with the public API.
#
#   Tests/Scripts/dependent.sh [SCRATCH]     SCRATCH keeps what was built, for the next time
set -euo pipefail
cd "$(dirname "$0")/../.."
root=$PWD
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
scratch=${1:-$work/build}

git clone --quiet --no-hardlinks . "$work/tessera"
git -C "$work/tessera" -c user.name=test -c user.email=test@localhost tag -a -m test 0.0.1

mkdir -p "$work/dependent/Sources/dependent"
cat >"$work/dependent/Package.swift" <<SWIFT
// swift-tools-version: 6.1
import PackageDescription

let package = Package(
  name: "dependent",
  platforms: [.macOS(.v15)],
  dependencies: [.package(url: "file://$work/tessera", from: "0.0.1")],
  targets: [
    .executableTarget(
      name: "dependent", dependencies: [.product(name: "Embedders", package: "tessera")])
  ])
SWIFT
cat >"$work/dependent/Sources/dependent/Dependent.swift" <<'SWIFT'
import Embedders
import Foundation

@main struct Dependent {
  static func main() throws {
    let embedder = try Embedder(modelFolder: URL(filePath: CommandLine.arguments[1]))
    let texts = try ["a blue whale", "a blue whale in the sea"].map { try embedder.encode(.text($0)) }
    print("similarity \(texts[0].similarity(to: texts[1]))")
  }
}
SWIFT

if ! swift build --package-path "$work/dependent" --scratch-path "$scratch" >"$work/log" 2>&1; then
  tail -20 "$work/log" >&2
  if grep -q "unsafe build flags" "$work/log"; then
    echo "dependent.sh: a package that depends on this one by version is refused: unsafe flags" >&2
  else
    echo "dependent.sh: a package that depends on this one by version does not build" >&2
  fi
  exit 1
fi
said=$("$scratch/debug/dependent" "$root/Tests/Support/Goldens/clip-tiny")
echo "$said"
if ! grep -qE '^similarity (0\.[0-9]+|1\.0)$' <<<"$said"; then
  echo "dependent.sh: expected a similarity between 0 and 1" >&2
  exit 1
fi
