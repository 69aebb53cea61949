"""Says how near Tessera is to a folder of real_sizes.py or real_texts.py, in one line for each precision.

python compare_real.py TESSERA OUT [PRECISION ...]: runs the command TESSERA over OUT/items.jsonl in float32,
bfloat16 and int8 and prints the largest difference of a number of two vectors of length 1 (of logits, as
they are), the lowest cosine, seconds and the most memory; whether ids are equal, where OUT has ids.json;
and with expected64.safetensors how far both are from float64.
"""

import json
import os
import pathlib
import subprocess
import sys
import time

import numpy as np
from safetensors.numpy import load_file

tessera, out = sys.argv[1], pathlib.Path(sys.argv[2]).resolve()
precisions = sys.argv[3:] or ["float32", "bfloat16", "int8"]
about = json.loads((out / "about.json").read_text()) if (out / "about.json").exists() else {}
name = about.get("name", out.name)
items = [json.loads(line) for line in (out / "items.jsonl").read_text().splitlines()]


def run(*arguments: str) -> tuple[bytes, float, float]:
    """Output, seconds, GB."""
    start = time.time()
    file = out / "stdout"
    with file.open("wb") as output:
        process = subprocess.Popen([tessera, *arguments, "--quiet"], stdout=output)
        _, status, usage = os.wait4(process.pid, 0)
    if status != 0:
        sys.exit(f"{name}: tessera {' '.join(arguments)} ended with {status}")
    text = file.read_bytes()
    file.unlink()
    return text, time.time() - start, usage.ru_maxrss / 1e6


def rows(text: bytes) -> list[dict]:
    return sorted((json.loads(line) for line in text.split(b"\n") if line), key=lambda row: row["index"])


def vectors(precision: str) -> tuple[list[np.ndarray], float, float]:
    file = str(out / "items.jsonl")
    if "reranker" in name:
        text, *cost = run("rerank", "-m", str(out), about["query"], "--among", file, "--raw", "--format", "jsonl",
                          "--precision", precision)
        return [np.array([row["logit"]]) for row in rows(text)], *cost
    kind = "colbert" if name.startswith("col") else "dense"
    text, *cost = run("encode", "-m", str(out), "--input", file, "--return", kind, "--precision", precision)
    key = "colbert_vecs" if kind == "colbert" else "embedding"
    return [np.array(row[key]) for row in rows(text)], *cost


def ids_of(item: dict) -> list[int]:
    options = [f"--{key}={out / item[key] if key == 'image' else item[key]}"
               for key in ["text", "image"] if key in item]
    if "prompt" in item:
        options.append(f"--prompt={item['prompt']}")
    text, *_ = run("plan", "-m", str(out), *options, "--format", "json")
    ids = []
    for row in json.loads(text)["items"][0]["rows"]:
        first, end = row["rows"]
        ids += [row.get("id")] * (end - first)
    return ids


def far(ours: list[np.ndarray], theirs: list[np.ndarray]) -> tuple[float, float]:
    difference, cosine = 0.0, 1.0
    for a, b in zip(ours, theirs, strict=True):
        assert a.shape == b.shape, (a.shape, b.shape)
        a, b = a.astype(np.float64), b.astype(np.float64)
        if a.shape[-1] > 1:
            # Not all models give vectors of length 1.
            a, b = (x / np.linalg.norm(x, axis=-1, keepdims=True) for x in (a, b))
            cosine = min(cosine, float((a * b).sum(-1).min()))
        difference = max(difference, float(np.abs(a - b).max()))
    return difference, cosine


def expected(file: str) -> list[np.ndarray]:
    tensors = load_file(out / file)
    return [tensors[key] for key in sorted(tensors, key=lambda key: int(key.split(".")[1]))]


if (out / "ids.json").exists() and "reranker" not in name:
    wrong = [place for place, (item, ids) in enumerate(zip(items, json.loads((out / "ids.json").read_text())))
             # A row of a picture has no id of its own.
             if len(found := ids_of(item)) != len(ids)
             or any(a is not None and a != b for a, b in zip(found, ids))]
    print(f"{name}: ids " + (f"differ in items {wrong}" if wrong else "equal"), flush=True)
reference = expected("expected.safetensors")
for precision in precisions:
    found, seconds, memory = vectors(precision)
    difference, cosine = far(found, reference)
    print(f"{name} {precision}: largest difference {difference:.2g}, lowest cosine {cosine:.9f}, "
          f"{seconds:.1f} s, {memory:.2f} GB", flush=True)
    if precision == "float32" and (out / "expected64.safetensors").exists():
        exact = expected("expected64.safetensors")
        print(f"{name} from float64: ours {far(found, exact)[0]:.2g}, the reference's float32 "
              f"{far(reference, exact)[0]:.2g}", flush=True)
