"""Writes the reference vectors of items.

    reference_embeddings.py MODEL ITEMS.jsonl OUT.safetensors [--images FOLDER]

MODEL is a folder, or a Visualized-BGE `.pth` (then --text-model, or the file's own folder, has the
text model's config.json and tokenizer.json). An item line has `text`, `image` or both. OUT has
`embeddings` [N, C]; of BGE-M3 also `lexical_ids.N`, `lexical_weights.N` and `colbert.N`.
"""

import argparse
import importlib.metadata
import json
from pathlib import Path

import torch
from safetensors.torch import save_file
from torch import Tensor

from encoders import fuse_attention, load


def arguments(description: str | None) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        description=description, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("model", type=Path)
    parser.add_argument("--images", type=Path, default=Path("."), help="where image paths start")
    parser.add_argument("--text-model", type=Path)
    parser.add_argument("--max-length", type=int, help="tokens, specials included")
    parser.add_argument("--threads", type=int, default=1)
    return parser


def versions() -> dict[str, str]:
    names = ("torch", "transformers", "tokenizers", "pillow", "numpy")
    return {name: importlib.metadata.version(name) for name in names}


@torch.inference_mode()
def main() -> None:
    parser = arguments(__doc__)
    parser.add_argument("items", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--long", action="store_true", help="thousands of tokens, in less memory")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    encoder = load(options.model, options.text_model, options.max_length)
    if options.long:
        fuse_attention(encoder.module)
    lines = options.items.read_bytes().split(b"\n")
    items = [json.loads(line) for line in lines if line.strip()]

    vectors: list[Tensor] = []
    others: dict[str, Tensor] = {}
    for index, item in enumerate(items):
        found = encoder.encode(item, options.images)
        vectors.append(found.pop("embedding"))
        others |= {f"{kind}.{index}": value.contiguous() for kind, value in found.items()}
    tensors = {"embeddings": torch.stack(vectors)} | others
    save_file(tensors, options.out, versions() | {"max_length": str(encoder.max_length)})
    print(f"{len(items)} items, {vectors[0].numel()} numbers each, max_length {encoder.max_length}")


if __name__ == "__main__":
    main()
