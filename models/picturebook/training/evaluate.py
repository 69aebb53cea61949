"""The figures of the model card: python evaluate.py WORK_FOLDER --tessera .build/release/tessera

Draws 1,000 pictures of distinct scenes that were not drawn for the training, asks Tessera for all
vectors, and PyTorch too. WORK_FOLDER is the training's: it has picturebook.pth and the tokenizer.
"""

import argparse
import json
import subprocess
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from random import Random

import numpy as np
import torch
from PIL import Image

import tokens
from data import SIDE, chain, picture, pixels
from model import VisualizedBGE
from train import CHAINS, SEED
from world.edits import Edit, random_edit
from world.scene import Scene, random_scene
from world.words import full_caption


@dataclass(frozen=True)
class Sample:
    source: Scene
    edit: Edit
    english: str
    chinese: str
    edit_is_english: bool

    @property
    def scene(self) -> Scene:
        return self.edit.result


def samples(count: int, seed: str) -> list[Sample]:
    random, seen, made = Random(seed), set(), []
    while len(made) < count:
        source = random_scene(random)
        edit = random_edit(source, random)
        if edit.result not in seen:
            seen.add(edit.result)
            caption = full_caption(edit.result, random)
            made.append(Sample(source, edit, caption.english, caption.chinese, random.random() < 0.5))
    return made


KINDS = ("picture", "redrawn", "source", "english", "chinese", "composed")


def write_items(folder: Path, made: list[Sample], seed: str) -> list[dict]:
    """Pictures of 192 pixels, and all six items of each sample."""
    items = []
    for number, sample in enumerate(made):
        paths = {}
        for kind, scene in (
            ("picture", sample.scene), ("redrawn", sample.scene), ("source", sample.source),
        ):  # fmt: skip
            paths[kind] = str((folder / f"{number:04d}-{kind}.png").resolve())
            picture(scene, Random(f"{seed} {kind} {number}"), 192, 2).save(paths[kind])
        asked = sample.edit.english if sample.edit_is_english else sample.edit.chinese
        items += [
            {"image": paths["picture"]}, {"image": paths["redrawn"]}, {"image": paths["source"]},
            {"text": sample.english}, {"text": sample.chinese},
            {"image": paths["source"], "text": asked},
        ]  # fmt: skip
    lines = "\n".join(json.dumps(item, ensure_ascii=False) for item in items)
    (folder / "items.jsonl").write_text(lines + "\n", encoding="utf-8")
    return items


def of_tessera(tessera: str, model: Path, folder: Path, count: int) -> np.ndarray:
    target = folder / "vectors.npy"
    command = [tessera, "encode", "-m", str(model), "--input", str(folder / "items.jsonl")]
    subprocess.run([*command, "--format", "npy", "-o", str(target)], check=True)
    vectors = np.load(target)
    assert len(vectors) == count
    return vectors


@torch.no_grad()
def of_pytorch(model: VisualizedBGE, tokenizer, items: list[dict]) -> np.ndarray:
    """Items of the same length together, so that nothing is padded."""
    ids = [tokenizer.encode(item.get("text", "")).ids for item in items]
    order = sorted(range(len(items)), key=lambda i: ("image" in items[i], len(ids[i])))
    vectors = np.empty((len(items), model.sizes.width), dtype=np.float32)
    for (pictured, _), group in groupby(order, lambda i: ("image" in items[i], len(ids[i]))):
        group = list(group)
        for start in range(0, len(group), 50):
            batch = group[start : start + 50]
            words = torch.tensor([ids[i] for i in batch])
            if pictured:
                images = [Image.open(items[i]["image"]) for i in batch]
                small = [i.resize((SIDE, SIDE), Image.Resampling.BICUBIC) for i in images]
                seen = torch.from_numpy(pixels(np.stack([np.asarray(i) for i in small])))
                vectors[batch] = model.pairs(model.patches(seen), words).numpy()
            else:
                vectors[batch] = model.texts(words).numpy()
    return vectors


def recalls(queries: np.ndarray, pictures: np.ndarray) -> dict[str, float]:
    """The right picture has the query's number."""
    scores = queries @ pictures.T
    right = np.take_along_axis(scores, np.arange(len(queries))[:, None], axis=1)
    rank = (scores > right).sum(axis=1)
    return {"recall@1": float((rank < 1).mean()), "recall@5": float((rank < 5).mean())}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--tessera", default="tessera")
    parser.add_argument("--model", type=Path, default=Path(__file__).parents[1])
    parser.add_argument("--count", type=int, default=1_000)
    parser.add_argument("--seed", default="evaluation")
    options = parser.parse_args()
    torch.set_num_threads(2)
    made = samples(options.count, options.seed)
    folder: Path = options.folder / "evaluation"
    folder.mkdir(exist_ok=True)
    items = write_items(folder, made, options.seed)
    vectors = of_tessera(options.tessera, options.model, folder, len(items))
    state = torch.load(options.folder / "picturebook.pth", weights_only=True)
    reference = VisualizedBGE.of({name: value.float() for name, value in state.items()})
    expected = of_pytorch(reference, tokens.load(options.folder), items)
    print(f"{len(items)} vectors; Tessera and PyTorch differ by {abs(vectors - expected).max():.2e}")

    of = {kind: vectors[place :: len(KINDS)] for place, kind in enumerate(KINDS)}
    trained = {scene for i in range(CHAINS) for scene in chain(str(SEED), i).scenes}
    new = np.array([sample.scene not in trained for sample in made])
    print(f"{new.sum()} of {len(made)} scenes are in no training picture")
    for kind in ("english", "chinese", "composed", "redrawn"):
        figures = recalls(of[kind], of["picture"])
        hit = (of[kind] @ of["picture"].T).argmax(axis=1) == np.arange(len(made))
        print(kind, {k: round(v, 3) for k, v in figures.items()}, "new scenes alone:", round(hit[new].mean(), 3))
    crowd = np.concatenate([of["picture"], of["source"]])
    harder = recalls(of["composed"], crowd)
    print("composed, sources among the candidates", {k: round(v, 3) for k, v in harder.items()})
    hit = (of["composed"] @ of["picture"].T).argmax(axis=1) == np.arange(len(made))
    for kind in sorted({sample.edit.kind for sample in made}):
        of_kind = np.array([sample.edit.kind == kind for sample in made])
        print(f"composed, {kind}: {hit[of_kind].mean():.3f} of {of_kind.sum()}")
    for english in (True, False):
        spoken = np.array([sample.edit_is_english == english for sample in made])
        print("composed in", "English:" if english else "Chinese:", round(hit[spoken].mean(), 3))


if __name__ == "__main__":
    main()
