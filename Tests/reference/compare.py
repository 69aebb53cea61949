"""Compares vectors or traces.

    compare.py OURS REFERENCE [--atol 2e-6] [--rtol 0]

Either file is safetensors, npy, or the JSONL that `tessera encode` prints. Prints, for each tensor,
the largest |a − b|, the smallest cosine of two rows, and where they are; of `embeddings` the worst
items too. Exits with 1 if any |a − b| > atol + rtol · |b|, on a NaN, and if something that the
reference has is missing or of another shape.
"""

import argparse
import json
import re
import sys
from pathlib import Path

import numpy as np
from safetensors.numpy import load_file

Arrays = dict[str, np.ndarray]


def read_rows(path: Path) -> Arrays:
    lines = path.read_bytes().split(b"\n")
    rows = sorted((json.loads(line) for line in lines if line.strip()), key=lambda r: r["index"])
    found: Arrays = {}
    for row in rows:
        if "error" in row:
            sys.exit(f"{path}: item {row['index']} is an error: {row['error']}")
        index = row["index"]
        if "lexical_weights" in row:
            pairs = sorted((int(token), weight) for token, weight in row["lexical_weights"].items())
            tokens, weights = [token for token, _ in pairs], [weight for _, weight in pairs]
            found[f"lexical_ids.{index}"] = np.array(tokens, np.int64)
            found[f"lexical_weights.{index}"] = np.array(weights, np.float32)
        if "colbert_vecs" in row:
            found[f"colbert.{index}"] = np.array(row["colbert_vecs"], np.float32)
    vectors = [row["embedding"] for row in rows if "embedding" in row]
    return ({"embeddings": np.array(vectors, np.float32)} if vectors else {}) | found


def read(path: Path) -> Arrays:
    match path.suffix:
        case ".npy":
            return {"embeddings": np.load(path, allow_pickle=False)}
        case ".jsonl":
            return read_rows(path)
        case ".safetensors":
            return gathered(load_file(path))
        case _:
            sys.exit(f"{path}: neither .safetensors nor .npy nor .jsonl")


def gathered(tensors: Arrays) -> Arrays:
    """One matrix out of `item.0`, `item.1`, … or `dense.0`, `dense.1`, …"""
    single = {name: m for name in tensors if (m := re.fullmatch(r"(item|dense)\.(\d+)", name))}
    if not single:
        return tensors
    names = sorted(single, key=lambda name: int(single[name][2]))
    rest = {name: tensor for name, tensor in tensors.items() if name not in single}
    return {"embeddings": np.stack([tensors[name] for name in names])} | rest


def row_cosines(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    a, b = (x.reshape(-1, x.shape[-1]) if x.ndim else x.reshape(1, 1) for x in (a, b))
    norms = np.linalg.norm(a, axis=1) * np.linalg.norm(b, axis=1)
    cosines = (a * b).sum(axis=1) / np.where(norms == 0, 1, norms)
    return np.where(norms == 0, (a == b).all(axis=1).astype(float), cosines)


def agrees(name: str, ours: np.ndarray, reference: np.ndarray, atol: float, rtol: float) -> bool:
    """Whether a tensor is within the tolerance; prints one line about it."""
    if ours.shape != reference.shape:
        print(f"{name:50} WRONG: shape {ours.shape}, the reference has {reference.shape}")
        return False
    if ours.size == 0:
        print(f"{name:50} empty")
        return True
    a, b = ours.astype(np.float64), reference.astype(np.float64)
    difference = np.abs(a - b)
    # A NaN is within nothing.
    is_close = bool((difference <= atol + rtol * np.abs(b)).all())
    worst = np.unravel_index(np.argmax(np.nan_to_num(difference, nan=np.inf)), difference.shape)
    cosine = row_cosines(a, b).min()
    place = ",".join(str(int(i)) for i in worst)
    print(
        f"{name:50} max |a−b| {difference[worst]:.3e} at [{place}]  min cosine {cosine:.9f}"
        + ("" if is_close else "  WRONG")
    )
    if name == "embeddings" and difference.ndim == 2:
        by_item = difference.max(axis=1)
        for item in np.argsort(-np.nan_to_num(by_item, nan=np.inf))[:5]:
            print(f"    item {int(item):5} max |a−b| {by_item[item]:.3e}")
    return is_close


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("ours", type=Path)
    parser.add_argument("reference", type=Path)
    parser.add_argument("--atol", type=float, default=2e-6)
    parser.add_argument("--rtol", type=float, default=0.0)
    options = parser.parse_args()
    ours, reference = read(options.ours), read(options.reference)
    if len(ours) == 1 and len(reference) == 1:
        # One matrix each is the vectors, whatever a writer calls it.
        ours = dict(zip(reference, ours.values()))
    if not reference:
        sys.exit(f"{options.reference}: nothing to compare with")
    is_good = True
    for name, expected in reference.items():
        if name not in ours:
            print(f"{name:50} MISSING")
            is_good = False
        else:
            is_good &= agrees(name, ours[name], expected, options.atol, options.rtol)
    for name in sorted(set(ours) - set(reference)):
        print(f"{name:50} is not in the reference")
    sys.exit(0 if is_good else 1)


if __name__ == "__main__":
    main()
