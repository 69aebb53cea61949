"""Where meaning lies: python influence.py WORK_FOLDER

Pictures of two things; a text names one of them. Each patch in turn is painted over with the mean
of the picture's border, and the fall of the cosine between text and picture is its influence.
The figure: how often the half of the picture with the thing that is named has more influence than
the other half; by chance, half of the time.
"""

import argparse
from pathlib import Path
from random import Random

import numpy as np
import torch

import tokens
from data import SIDE, picture, pixels
from model import VisualizedBGE
from world.scene import BESIDE, Group, Scene, random_scene
from world.words import chinese_coloured, noun

PATCH = 8


def without_patches(image: np.ndarray) -> np.ndarray:
    """The picture, and for each patch the picture with the patch painted over."""
    border = np.concatenate([image[0], image[-1], image[:, 0], image[:, -1]]).mean(axis=0)
    pictures = np.repeat(image[None], 1 + (SIDE // PATCH) ** 2, axis=0)
    places = [(y, x) for y in range(0, SIDE, PATCH) for x in range(0, SIDE, PATCH)]
    for painted, (y, x) in zip(pictures[1:], places):
        painted[y : y + PATCH, x : x + PATCH] = border.round()
    return pictures


@torch.no_grad()
def influence(model: VisualizedBGE, tokenizer, image: np.ndarray, text: str) -> np.ndarray:
    """[8, 8]: how much nearer each patch brings the picture to the text."""
    vectors = model.pictures(model.patches(torch.from_numpy(pixels(without_patches(image)))))
    words = model.texts(torch.tensor([tokenizer.encode(text).ids]))[0]
    cosines = (vectors @ words).numpy()
    return (cosines[0] - cosines[1:]).reshape(SIDE // PATCH, SIDE // PATCH)


def halves(scene: Scene, table: np.ndarray) -> tuple[float, float]:
    middle = SIDE // PATCH // 2
    if scene.relation == BESIDE:
        return table[:, :middle].sum(), table[:, middle:].sum()
    return table[:middle].sum(), table[middle:].sum()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--count", type=int, default=200)
    options = parser.parse_args()
    torch.set_num_threads(2)
    state = torch.load(options.folder / "picturebook.pth", weights_only=True)
    model = VisualizedBGE.of({name: value.float() for name, value in state.items()})
    tokenizer = tokens.load(options.folder)
    random, right, strongest = Random("influence"), [], []
    while len(right) < options.count:
        scene = random_scene(random)
        if len(scene.groups) < 2:
            continue
        drawn = picture(scene, random, 192, 2).resize((SIDE, SIDE), 3)
        named = random.randrange(2)
        group: Group = scene.groups[named]
        if random.random() < 0.5:
            text = f"{group.colour} {noun(group, random)}"
        else:
            text = chinese_coloured(group, random)
        table = influence(model, tokenizer, np.asarray(drawn), text)
        share = halves(scene, table)
        right.append(share[named] > share[1 - named])
        y, x = np.unravel_index(table.argmax(), table.shape)
        along = x if scene.relation == BESIDE else y
        strongest.append((along >= SIDE // PATCH // 2) == (named == 1))
    print(f"{len(right)} pictures of two things; chance is 0.5")
    print(f"more influence on the half with the thing named: {np.mean(right):.3f}")
    print(f"the strongest patch lies in that half: {np.mean(strongest):.3f}")


if __name__ == "__main__":
    main()
