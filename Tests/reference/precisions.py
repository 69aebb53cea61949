"""How near the vectors of bfloat16 and int8 are to those of float32.

    precisions.py MODEL [--tessera .build/release/tessera] [--items ITEMS.jsonl]

Encodes the texts of make_items.py, or those given, at each precision, and prints the lowest and the
mean cosine to float32, and the text of the lowest. Exits with 1 if bfloat16 falls to 0.9995, or int8
to 0.993 for one text or 0.998 on average: bounds for trained weights, which random ones need not
keep.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

from make_items import items

BOUNDS = {"bfloat16": (0.9995, 0.9995), "int8": (0.993, 0.998)}


def encoded(tessera: Path, model: Path, source: Path, precision: str, folder: Path) -> np.ndarray:
    out = folder / f"{precision}.npy"
    subprocess.run(
        [tessera, "encode", "-m", model, "--input", source, "--precision", precision,
         "--format", "npy", "-o", out],
        check=True, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    vectors = np.load(out).astype(np.float64)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("model", type=Path)
    parser.add_argument("--tessera", type=Path, default=Path(".build/release/tessera"))
    parser.add_argument("--items", type=Path)
    options = parser.parse_args()
    missed = False
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        source = options.items
        if source is None:
            source = folder / "items.jsonl"
            lines = (json.dumps(item, ensure_ascii=False) + "\n" for item in items())
            source.write_text("".join(lines), encoding="utf-8")
        texts = [json.loads(line)["text"] for line in source.read_text("utf-8").split("\n") if line]
        exact = encoded(options.tessera, options.model, source, "float32", folder)
        for precision, (lowest, mean) in BOUNDS.items():
            vectors = encoded(options.tessera, options.model, source, precision, folder)
            cosines = (exact * vectors).sum(axis=1)
            worst = int(cosines.argmin())
            print(f"{precision}: {len(cosines)} texts, lowest cosine {cosines[worst]:.6f} "
                  f"({texts[worst][:40]!r}), mean {cosines.mean():.6f}")
            missed |= not (cosines[worst] > lowest and cosines.mean() > mean)
    sys.exit(1 if missed else 0)


if __name__ == "__main__":
    main()
