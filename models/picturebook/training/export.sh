#!/usr/bin/env bash
# Puts a trained model into its folder: export.sh WORK_FOLDER FOLDER_OF_EXECUTABLES
set -euo pipefail
work=$(cd "$1" && pwd)
bin=$(cd "$2" && pwd)
cd "$(dirname "$0")/.."
converted=$(mktemp -d)
trap 'rm -rf "$converted"' EXIT
"$bin/weights-converter" "$work/picturebook.pth" --text-model "$work" \
  -o "$converted/model" --quiet >/dev/null
cp -r "$converted/model/." .
