#!/usr/bin/env python3
"""Installs the Python wheel in a place of its own, and compares its vectors with the command's.

`make wheel` makes it first. Needs pip and numpy, from PyPI.
"""
import glob
import json
import pathlib
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
PICTURE = ROOT / "models/picturebook/gallery/000-big-blue-whale-sea.webp"

CHECK = """
import json, pathlib, sys, numpy, tessera
picture = pathlib.Path(sys.argv[1])
embedder = tessera.Embedder()
items = ["a whale", picture, {"text": "at night", "image": picture}]
vectors = embedder.encode(items, batch_size=2, show_progress_bar=False)
assert isinstance(vectors, numpy.memmap) and vectors.dtype == numpy.float32
assert numpy.array_equal(embedder.encode("a whale"), vectors[0])
short = embedder.encode(items, truncate_dim=16, normalize_embeddings=True)
assert short.shape == (3, 16) and numpy.allclose(numpy.linalg.norm(short, axis=1), 1)
assert embedder.encode([]).shape == (0, embedder.dimensions)
for wrong in [pathlib.Path("no such picture.png")], [{"txt": "a"}], [7]:
    try:
        embedder.encode(wrong)
    except (tessera.TesseraError, ValueError, TypeError) as error:
        assert str(error), wrong
    else:
        raise AssertionError(f"{wrong} is no item")
print(json.dumps(vectors.tolist()))
"""


def main():
    wheels = glob.glob(str(ROOT / ".build-dist/tessera-*.whl"))
    if len(wheels) != 1:
        sys.exit(f"wheel.py: expected one wheel in .build-dist, found {len(wheels)}; make wheel")
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
        python = f"{folder}/bin/python"
        subprocess.run([python, "-m", "pip", "install", "-q", *wheels], check=True)
        done = subprocess.run(
            [python, "-c", CHECK, PICTURE], cwd=folder, check=True, capture_output=True, text=True)
    lines = [{"text": "a whale"}, {"image": str(PICTURE)}]
    lines.append({"text": "at night", "image": str(PICTURE)})
    command = ROOT / ".build/release/tessera"
    rows = subprocess.run(
        [command, "encode", "--input", "-", "--quiet"], check=True, capture_output=True, text=True,
        input="".join(json.dumps(line) + "\n" for line in lines))  # fmt: skip
    own = [json.loads(row)["embedding"] for row in rows.stdout.splitlines()]
    theirs = json.loads(done.stdout)
    worst = max(abs(a - b) for x, y in zip(own, theirs) for a, b in zip(x, y))
    if len(own) != len(theirs) or worst > 1e-8:
        sys.exit(f"wheel.py: {len(theirs)} vectors, {worst} from the command's {len(own)}")
    print(f"wheel.py: {len(own)} vectors are the command's")


main()
