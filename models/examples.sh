#!/usr/bin/env bash
# What `make run` shows: real sentences through a real model, then a picture with words through a
# small model with made-up weights.
# Usage: examples.sh FOLDER_OF_EXECUTABLES
set -euo pipefail
bin=$(cd "$1" && pwd)
cd "$(dirname "$0")"

title() { printf '\n\033[1m%s\033[0m\n' "$1"; }
[ -t 1 ] || title() { printf '\n%s\n' "$1"; }

# The first numbers of each vector are enough to look at.
short() { sed -E 's/("embedding":\[([^,]*,){5})[^]]*/\1 …/'; }

title "Sentences become vectors (all-MiniLM-L6-v2, real weights, 384 numbers each)"
"$bin/tessera" encode -m all-MiniLM-L6-v2 --input - <<'ITEMS' | short
{"text": "A blue whale swims in the sea.", "id": "whale"}
{"text": "The largest animal on earth lives in the ocean.", "id": "animal"}
ITEMS

title "Sentences compared"
"$bin/tessera" similarity -m all-MiniLM-L6-v2 \
  "A blue whale swims in the sea." \
  "The largest animal on earth lives in the ocean." \
  "He repaired the engine of his car." \
  "The mechanic fixed the vehicle." \
  "Two children build a sandcastle."

title "A picture, a text, and both in one vector (Visualized-BGE's architecture, MADE-UP weights)"
echo "The mechanics are the real ones; the numbers mean nothing until real weights are converted."
goldens=../Tests/Support/Goldens
if [ ! -e visual-tiny-en/config.json ]; then
  "$bin/weights-converter" "$goldens/visual-tiny-en/Visualized_visual-tiny-en.pth" \
    --text-model "$goldens/visual-tiny-en" -o visual-tiny-en --quiet >/dev/null
fi
cp -f "$goldens/images/rgb.png" "$goldens/images/photo-420.jpg" visual-tiny-en/ 2>/dev/null || true
cd visual-tiny-en
"$bin/tessera" encode -m . --image rgb.png --text "blue whale" | short

title "The experiment: four similarities (MADE-UP weights)"
"$bin/tessera" similarity -m . \
  "@rgb.png" "@photo-420.jpg" "whale" "@rgb.png whale" "@photo-420.jpg blue whale"
