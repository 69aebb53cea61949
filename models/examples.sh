#!/usr/bin/env bash
# What `make run` shows: the picture book, a small model of drawn pictures that comes with the
# command, and real sentences through a real model, if it could be fetched.
# Usage: examples.sh FOLDER_OF_EXECUTABLES
set -euo pipefail
bin=$(cd "$1" && pwd)
models=$(cd "$(dirname "$0")" && pwd)
unset TESSERA_MODEL

title() { printf '\n\033[1m%s\033[0m\n' "$1"; }
[ -t 1 ] || title() { printf '\n%s\n' "$1"; }

# The first numbers of each vector are enough to look at.
short() { sed -E 's/("embedding":\[([^,]*,){5})[^]]*/\1 …/'; }

# Without -m, the model is the picture book; a note on standard error says so.
tessera() { "$bin/tessera" "$@"; }

cd "$models/picturebook/gallery"

title "A text, a picture, and both become vectors (the picture book, 128 numbers each)"
tessera encode --input - <<'ITEMS' | short
{"text": "a blue whale"}
{"image": "000-big-blue-whale-sea.webp"}
{"image": "000-big-blue-whale-sea.webp", "text": "the same at night"}
ITEMS

title "Searched: 120 pictures, by a text, by a picture, and by a picture with a change"
tessera rank --among pictures.jsonl --queries shown.jsonl

title "Searched: pictures with their captions, by a text"
tessera rank --among pairs.jsonl "two yellow houses in the rain" "夜里的一条很大的蓝鲸"

title "The experiment: one picture, four captions in two languages"
whale=000-big-blue-whale-sea.webp
tessera similarity "@$whale" whale "blue whale" 鲸鱼 蓝鲸 \
  "@$whale whale" "@$whale blue whale" "@$whale 鲸鱼" "@$whale 蓝鲸"

title "The pictures as an index on disk, searched (docs/search.md)"
index=$(mktemp -d)
trap 'rm -r "$index"' EXIT
tessera index . --include '*.webp' --into "$index/gallery.tessera"
tessera search --in "$index/gallery.tessera" -k 3 "a whale at night" "@$whale at night"

cd "$models"
if [ ! -e all-MiniLM-L6-v2/config.json ]; then
  title "Sentences: skipped, all-MiniLM-L6-v2 could not be fetched; models/README.md says how"
  exit
fi

title "Sentences become vectors (all-MiniLM-L6-v2, real weights, 384 numbers each)"
tessera encode -m all-MiniLM-L6-v2 --input - <<'ITEMS' | short
{"text": "A blue whale swims in the sea.", "id": "whale"}
{"text": "The largest animal on earth lives in the ocean.", "id": "animal"}
ITEMS

title "Sentences compared"
tessera similarity -m all-MiniLM-L6-v2 \
  "A blue whale swims in the sea." \
  "The largest animal on earth lives in the ocean." \
  "He repaired the engine of his car." \
  "The mechanic fixed the vehicle." \
  "Two children build a sandcastle."
