"""What the model is trained on: chains of scenes, each an edit of the one before, drawn ahead."""

from collections.abc import Sequence
from dataclasses import dataclass
from multiprocessing import Pool
from pathlib import Path
from random import Random

import numpy as np
from PIL import Image

from world.edits import Edit, random_edit
from world.picture import draw_scene
from world.scene import ABOVE, BESIDE, COLOURS, SETTINGS, THINGS, Scene, random_scene
from world.words import Claim

SIDE = 64
LENGTH = 4
"""Scenes of a chain. Its pictures differ by one edit: near twins, in every batch."""
# Drawn larger, at several sizes, and brought to 64 pixels as the engine does it.
DRAWN_SIDES = ((192, 1), (256, 1), (320, 1), (128, 2))
MEAN = np.array([0.48145466, 0.4578275, 0.40821073], dtype=np.float32)
STD = np.array([0.26862954, 0.26130258, 0.27577711], dtype=np.float32)


@dataclass(frozen=True)
class Chain:
    scenes: tuple[Scene, ...]
    edits: tuple[Edit, ...]
    """`edits[i]` leads from scene i to scene i + 1."""
    twin: int
    """The scene that is drawn twice."""


def chain(seed: str, index: int) -> Chain:
    random = Random(f"{seed} chain {index}")
    scenes, edits = [random_scene(random)], []
    for _ in range(LENGTH - 1):
        edits.append(random_edit(scenes[-1], random))
        scenes.append(edits[-1].result)
    return Chain(tuple(scenes), tuple(edits), random.randrange(LENGTH))


def picture(scene: Scene, random: Random, side: int, smoothing: int) -> Image.Image:
    """Drawn `smoothing` times as large as wanted, and averaged."""
    image = draw_scene(scene, random, side * smoothing)
    return image.reduce(smoothing) if smoothing > 1 else image


def small_picture(scene: Scene, key: str) -> np.ndarray:
    """[64, 64, 3] bytes."""
    random = Random(key)
    side, smoothing = random.choice(DRAWN_SIDES)
    image = picture(scene, random, side, smoothing)
    return np.asarray(image.resize((SIDE, SIDE), Image.Resampling.BICUBIC))


def drawn_chain(place: tuple[str, int]) -> np.ndarray:
    """The scenes of a chain, and its twin: [5, 64, 64, 3]."""
    seed, index = place
    links = chain(seed, index)
    scenes = [*links.scenes, links.scenes[links.twin]]
    return np.stack(
        [small_picture(scene, f"{seed} {index} {number}") for number, scene in enumerate(scenes)]
    )


def draw_chains(seed: str, count: int, path: Path) -> np.ndarray:
    """[count, 5, 64, 64, 3], from the file if it is there."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished = path.with_suffix(".unfinished.npy")
        shape = (count, LENGTH + 1, SIDE, SIDE, 3)
        pictures = np.lib.format.open_memmap(unfinished, "w+", np.uint8, shape)
        with Pool() as pool:
            places = ((seed, index) for index in range(count))
            for index, drawn in enumerate(pool.imap(drawn_chain, places, chunksize=64)):
                pictures[index] = drawn
        pictures.flush()
        unfinished.rename(path)
    return np.load(path, mmap_mode="r")


def pixels(pictures: np.ndarray) -> np.ndarray:
    """[N, 64, 64, 3] bytes → [N, 3, 64, 64], normalised as Visualized-BGE does."""
    scaled = pictures.astype(np.float32) / np.float32(255)
    return np.ascontiguousarray(((scaled - MEAN) / STD).transpose(0, 3, 1, 2))


# Claims and scenes as rows of numbers, to be compared in bulk; -1 where nothing is said.
RELATIONS = (None, BESIDE, ABOVE)


def scene_rows(scenes: Sequence[Scene]) -> np.ndarray:
    """[N, 10]: setting, relation, and thing, colour, size, count of two groups."""
    rows = np.full((len(scenes), 10), -1)
    for row, scene in zip(rows, scenes):
        row[0], row[1] = SETTINGS.index(scene.setting), RELATIONS.index(scene.relation)
        for place, g in enumerate(scene.groups):
            numbers = (THINGS.index(g.thing), COLOURS.index(g.colour), g.size, g.count)
            row[2 + 4 * place : 6 + 4 * place] = numbers
    return rows


def claim_rows(claims: Sequence[Claim]) -> np.ndarray:
    """[N, 11]: the same, and whether the things named are all there are."""
    rows = np.full((len(claims), 11), -1)
    for row, claim in zip(rows, claims):
        if claim.setting is not None:
            row[0] = SETTINGS.index(claim.setting)
        if claim.relation is not None:
            row[1] = RELATIONS.index(claim.relation)
        for place, (thing, colour, size, count) in enumerate(claim.groups):
            row[2 + 4 * place] = THINGS.index(thing)
            row[3 + 4 * place] = -1 if colour is None else COLOURS.index(colour)
            row[4 + 4 * place] = -1 if size is None else size
            row[5 + 4 * place] = -1 if count is None else count
        row[10] = claim.complete
    return rows


def fits(claims: np.ndarray, scenes: np.ndarray) -> np.ndarray:
    """[claims, scenes]: whether what is said is true of the picture."""
    c, s = claims[:, None, :], scenes[None, :, :]

    def same(said: np.ndarray, there: np.ndarray) -> np.ndarray:
        return (said == -1) | (said == there)

    def group(a: int, b: int) -> np.ndarray:
        said, there = c[..., 2 + 4 * a : 6 + 4 * a], s[..., 2 + 4 * b : 6 + 4 * b]
        return (said[..., 0] == -1) | same(said, there).all(axis=-1)

    said, there = (c[..., [2, 6]] >= 0).sum(-1), (s[..., [2, 6]] >= 0).sum(-1)
    straight, crossed = group(0, 0) & group(1, 1), group(0, 1) & group(1, 0)
    # Where a relation is told, the order of the groups tells its direction.
    things = np.where(c[..., 1] > 0, straight & (c[..., 1] == s[..., 1]), straight | crossed)
    all_told = (c[..., 10] == 0) | (said == there)
    return same(c[..., 0], s[..., 0]) & (said <= there) & all_told & things
