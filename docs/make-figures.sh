#!/usr/bin/env bash
# Runs every command of the guide and of the page on searching, puts its output below it, and draws
# the guide's pictures.
#
# A block of ```sh is run; if a block of ```text follows, its lines become the output. Lines of
# standard error are left out, so that a note does not depend on the model's folder.
# Usage: docs/make-figures.sh [FOLDER_OF_EXECUTABLES]
set -euo pipefail
cd "$(dirname "$0")"
pages=("$PWD/guide.md" "$PWD/search.md")
PATH=$(cd "${1:-../.build/release}" && pwd):$PATH
work=$(mktemp -d)
trap 'rm -r "$work"' EXIT
mkdir -p figures && cd figures
rm -rf photos photos.tessera

run() { # $1: the lines of a block; runs in this shell, so that variables last.
  eval "$1" >"$work/output" 2>"$work/errors" || { cat "$work/errors" >&2; return 1; }
}

for page in "${pages[@]}"; do
  block=none commands=
  while IFS= read -r line; do
    case "$block:$line" in
      'none:```sh') block=sh commands= ;;
      'none:```text') block=text; printf '%s\n' "$line"; sed 's/ *$//' "$work/output"; continue ;;
      sh:'```') block=none; run "$commands" ;;
      text:'```') block=none ;;
      sh:*) commands+=$line$'\n' ;;
      text:*) continue ;;
    esac
    printf '%s\n' "$line"
  done <"$page" >"$work/page.md"
  cat "$work/page.md" >"$page"
done
