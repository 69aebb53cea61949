#!/usr/bin/env bash
# Makes a version: a commit on this branch with the version's number and changelog, and a commit
# beside the branch, without unsafe flags, that the tag names. SwiftPM refuses unsafe flags in what is
# depended on by version; the branch keeps them, and with them the wide kernels.
#
#   Scripts/release.sh VERSION        then push the branch and the tag
set -euo pipefail
cd "$(dirname "$0")/.."
version=${1:-}
source=Sources/Embedders/Build.swift

fail() { echo "release.sh: $1" >&2; exit 1; }

[[ $version =~ ^[0-9]+\.[0-9]+\.[0-9]+$ ]] || fail "VERSION is \"$version\"; expected x.y.z"
[ -z "$(git status --porcelain)" ] || fail "there are changes that are not committed"
branch=$(git symbolic-ref --quiet --short HEAD) || fail "no branch is checked out"
! git rev-parse --quiet --verify "refs/tags/$version" >/dev/null || fail "$version exists"
[ "$(grep -c '^let hasUnsafeFlags = true$' Package.swift)" = 1 ] ||
  fail "Package.swift has no line \"let hasUnsafeFlags = true\""
[ "$(grep -cE '^  public static let version = "[0-9.]+"$' "$source")" = 1 ] ||
  fail "$source has no line with the version"
awk '/^## \[/ { inside = /^## \[Unreleased\]/ } inside && /^- /' CHANGELOG.md | grep -q . ||
  fail "CHANGELOG.md says nothing under [Unreleased]"

# $1 in place: sed -i differs between systems.
edit() { sed -E "$2" "$1" >"$1.new" && cat "$1.new" >"$1" && rm "$1.new"; }

edit "$source" "s/^(  public static let version = )\".*\"/\1\"$version\"/"
awk -v heading="## [$version] - $(date +%Y-%m-%d)" \
  '{ print } /^## \[Unreleased\]/ { print ""; print heading }' CHANGELOG.md >CHANGELOG.md.new
cat CHANGELOG.md.new >CHANGELOG.md && rm CHANGELOG.md.new
git commit --quiet --all -m "Version $version"

trap 'git checkout --quiet --force "$branch"' EXIT
git checkout --quiet --detach
edit Package.swift 's/^let hasUnsafeFlags = true$/let hasUnsafeFlags = false/'
git commit --quiet --all -m "Version $version for those who depend on it by version: no unsafe flags"
git tag -a "$version" -m "Tessera $version"
echo "$branch is at version $version, and the tag $version beside it: git push origin $branch $version"
