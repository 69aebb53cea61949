#!/usr/bin/env bash
# Shows that other packages can depend on this one, and what they get.
#
#   Tests/Scripts/dependent.sh                    by version and by branch, in debug builds
#   Tests/Scripts/dependent.sh --speed            by path, branch and version, in release builds, each
#                                                 beside this package's own speed
#   Tests/Scripts/dependent.sh … --scratch FOLDER    keeps what was built, for the next time
#
# A clone of the last commit is released as 9.9.9. The tagged commit must have no unsafe flags, the
# branch must keep them. A dependent by version that only encodes must fetch nothing but this package;
# it has another dependency beside it, whose targets have the names of huggingface/swift-transformers.
set -euo pipefail
cd "$(dirname "$0")/../.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
scratch=$work/scratch
measures=false
while [ $# -gt 0 ]; do
  case $1 in
    --speed) measures=true ;;
    --scratch) mkdir -p "$2" && scratch=$(cd "$2" && pwd) && shift ;;
    *) echo "dependent.sh: unknown argument $1" >&2; exit 64 ;;
  esac
  shift
done

fail() { echo "dependent.sh: $1" >&2; exit 1; }

# ---- The release

export GIT_AUTHOR_NAME=test GIT_AUTHOR_EMAIL=test@localhost
export GIT_COMMITTER_NAME=test GIT_COMMITTER_EMAIL=test@localhost
version=9.9.9
git clone --quiet --no-hardlinks . "$work/tessera"
git -C "$work/tessera" checkout --quiet -B main
"$work/tessera/Scripts/release.sh" "$version" >/dev/null

# Unsafe flags in the manifest of a commit.
unsafe_flags() {
  rm -rf "$work/manifest" && mkdir "$work/manifest"
  git -C "$work/tessera" archive "$1" | tar -x -C "$work/manifest"
  swift package --package-path "$work/manifest" dump-package | grep -c unsafeFlags || true
}
[ "$(unsafe_flags "$version")" = 0 ] || fail "the released commit has unsafe flags"
if [ "$(uname -m)" = x86_64 ]; then
  [ "$(unsafe_flags main)" != 0 ] || fail "the branch lost its wide kernels"
fi
for tag in $(git -C "$work/tessera" tag); do
  git -C "$work/tessera" show "$tag:Sources/Embedders/Build.swift" | grep -q "version = \"$tag\"" ||
    fail "the tag $tag names a commit with another version"
done
echo "released: $version without unsafe flags, main with them"

# ---- Dependents

mkdir -p "$work/neighbour"
cat >"$work/neighbour/Package.swift" <<'SWIFT'
// swift-tools-version: 6.2
import PackageDescription

let names = ["Tokenizers", "Models", "Hub", "Generation", "Tensors", "Layers", "Images", "JSON"]
let package = Package(
  name: "neighbour", products: [.library(name: "Neighbour", targets: names)],
  targets: names.map { .target(name: $0) })
SWIFT
for name in Tokenizers Models Hub Generation Tensors Layers Images JSON; do
  mkdir -p "$work/neighbour/Sources/$name"
  echo "public let ${name}IsHere = true" >"$work/neighbour/Sources/$name/$name.swift"
done

# $(dependent NAME DEPENDENCY): a package that depends on Tessera as .package(DEPENDENCY) says, and
# encodes with the picture book.
dependent() {
  mkdir -p "$work/$1/Sources/Program"
  cat >"$work/$1/Package.swift" <<SWIFT
// swift-tools-version: 6.2
import PackageDescription

let package = Package(
  name: "$1", platforms: [.macOS(.v15)],
  dependencies: [.package($2), .package(path: "../neighbour")],
  targets: [
    .executableTarget(
      name: "Program",
      dependencies: [
        .product(name: "Tessera", package: "tessera"),
        .product(name: "Neighbour", package: "neighbour"),
      ])
  ])
SWIFT
  { echo "import Models"; echo "import Tokenizers"; program; } >"$work/$1/Sources/Program/main.swift"
}

program() {
  cat <<'SWIFT'
import Foundation
import Tessera

let embedder = try Embedder.pictureBook()
let texts = ["a blue whale", "a blue whale in the sea"].map { Item.text($0) }
let vectors = try embedder.encode(texts).map { try $0.get() }
print("similarity", vectors[0].similarity(to: vectors[1]))
print("version", TesseraBuild.version)
print("kernels", TesseraBuild.kernels)
print("advice", TesseraBuild.advice ?? "none")
if CommandLine.arguments.contains("--speed") {
  let items = (0..<64).map { Item.text("\($0) red cars beside two green balloons in the desert") }
  let times = try (0..<20).map { _ in
    try ContinuousClock().measure { _ = try embedder.encode(items) }
  }
  print("milliseconds", times.sorted()[10] / .milliseconds(1))
}
SWIFT
}

# Builds NAME with further arguments of swift build.
build() {
  local name=$1
  shift
  if ! swift build --package-path "$work/$name" --scratch-path "$scratch/$name" "$@" \
    >"$work/log" 2>&1; then
    grep -E 'error|unsafe' "$work/log" >&2 || tail -20 "$work/log" >&2
    fail "the dependent $name does not build"
  fi
}

# Runs what was built in a configuration, and checks what it says.
run() {
  local said
  said=$("$scratch/$1/$2/Program") || fail "the dependent $1 does not run"
  grep -qE '^similarity (0\.[0-9]+|1\.0)$' <<<"$said" ||
    fail "the dependent $1 says: $said; expected a similarity between 0 and 1"
  grep -qx "version $version" <<<"$said" ||
    fail "the dependent $1 says: $said; expected version $version"
  echo "$1: $(paste -sd, - <<<"$said" | sed 's/,/, /g'); fetched: $(fetched "$1")"
}

fetched() { ls "$scratch/$1/checkouts" 2>/dev/null | paste -sd' ' -; }

# What a program that only encodes may fetch.
only_tessera() {
  [ "$(fetched "$1")" = tessera ] ||
    fail "the dependent $1 only encodes, but fetches: $(fetched "$1"); expected: tessera"
}

url="url: \"file://$work/tessera\""
dependent version "$url, exact: \"$version\", traits: []"
dependent branch "$url, branch: \"main\""

if ! $measures; then
  for name in version branch; do
    build $name
    run $name debug
  done
  only_tessera version
  exit
fi

# ---- Speed

dependent native "$url, exact: \"$version\", traits: []"
dependent path "path: \"../tessera\""
# The same program as a target of this package itself.
git clone --quiet "$work/tessera" "$work/own"
mkdir "$work/own/Program"
program >"$work/own/Program/main.swift"
cat >>"$work/own/Package.swift" <<'SWIFT'
package.targets.append(
  .executableTarget(name: "Program", dependencies: ["Tessera"], path: "Program"))
SWIFT

build own -c release --product Program
for name in path branch version; do build $name -c release; done
build native -c release -Xcc -march=native

milliseconds() { "$scratch/$1/release/Program" --speed | awk '/^milliseconds/ { print $2 }'; }
for name in path branch version native; do
  run $name release
  # Pairs, because the speed of a machine drifts; the median of three.
  for _ in 1 2 3; do echo "$(milliseconds own) $(milliseconds $name)"; done |
    awk '{ print $2 / $1, $2, $1 }' | sort -n |
    awk -v name=$name 'NR == 2 {
      printf "%s: %.1f ms, this package itself %.1f ms, ratio %.2f\n", name, $2, $3, $1 }'
done
only_tessera version
