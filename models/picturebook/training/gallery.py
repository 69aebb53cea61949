"""Draws the gallery and writes its captions and judged queries: python gallery.py FOLDER

The scenes are chains of four, each an edit of the one before: every picture has near twins, and
every edit an answer. None of these pictures was trained on; some scenes were, drawn otherwise.
With --test, a smaller and other set, for the tests.
"""

import argparse
import json
from dataclasses import dataclass
from pathlib import Path
from random import Random

import numpy as np

from data import claim_rows, fits, picture, scene_rows
from world.edits import Edit, random_edit
from world.scene import ABOVE, BESIDE, BIG, COLOURS, THINGS, Group, Scene, random_scene
from world.words import NAMES, Caption, full_caption, short_caption

# Chains whose first scenes are chosen; the others begin with the things that these leave out.
FIRST = (
    Scene("sea", (Group("whale", "blue", BIG),)),
    Scene("sea", (Group("whale", "black"), Group("boat", "red")), BESIDE),
    Scene("night", (Group("house", "white"), Group("moon", "yellow")), BESIDE),
    Scene("meadow", (Group("cat", "orange"), Group("butterfly", "blue")), BESIDE),
    Scene("snow", (Group("snowman", "white"), Group("hat", "black")), BESIDE),
    Scene("desert", (Group("car", "red"), Group("balloon", "green", count=2)), BESIDE),
)

# What `make run` and the contact sheet ask.
SHOWN = (
    {"text": "a blue whale"},
    {"text": "雨中的两座黄色的房子"},
    {"text": "three red hats at night"},
    {"text": "沙漠里的红色的汽车"},
    {"image": "redrawn/008-white-house-beside-yellow-moon-night.webp"},
    {"image": "redrawn/088-red-crab-beside-small-white-snowman-day.webp"},
    {"image": "000-big-blue-whale-sea.webp", "text": "the same at night"},
    {"image": "004-black-whale-beside-red-boat-sea.webp", "text": "把船涂成粉色"},
    {"image": "020-red-car-beside-two-green-balloons-desert.webp", "text": "remove the balloons"},
    {"image": "113-three-red-ducks-snow.webp", "text": "把鸭子换成苹果"},
)


@dataclass(frozen=True)
class Page:
    """A picture of the gallery."""

    name: str
    scene: Scene


def chains(count: int, seed: str, first: tuple[Scene, ...]) -> list[list[tuple[Scene, Edit | None]]]:
    """Scenes with the edit that led to each; no scene comes twice."""
    random, seen, made = Random(seed), set(), []
    told = {group.thing for scene in first for group in scene.groups}
    untold = [thing for thing in THINGS if thing not in told]
    while len(made) < count:
        scene = first[len(made)] if len(made) < len(first) else random_scene(random)
        # Every thing comes at least once.
        if len(first) <= len(made) < len(first) + len(untold):
            thing = untold[len(made) - len(first)]
            if all(group.thing != thing for group in scene.groups):
                scene = scene.with_group(0, Group(thing, random.choice(COLOURS)))
        links: list[tuple[Scene, Edit | None]] = [(scene, None)]
        while len(links) < 4:
            edit = random_edit(links[-1][0], random)
            if edit.result not in [scene for scene, _ in links]:
                links.append((edit.result, edit))
        scenes = {scene for scene, _ in links}
        if not scenes & seen:
            seen |= scenes
            made.append(links)
    return made


def name(number: int, scene: Scene) -> str:
    """087-two-red-boats-above-green-tree-night.webp"""
    words = []
    for group in scene.groups:
        size = {0: "small", 1: "", 2: "big"}[group.size]
        count = {1: "", 2: "two", 3: "three"}[group.count]
        noun = group.thing if group.count == 1 else NAMES[group.thing][0]
        words += [count, size, group.colour, noun]
        if scene.relation and group is scene.groups[0]:
            words.append("above" if scene.relation == ABOVE else "beside")
    return f"{number:03d}-{'-'.join(filter(None, [*words, scene.setting]))}.webp"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--test", action="store_true")
    options = parser.parse_args()
    folder: Path = options.folder
    seed, count, side = ("tests", 15, 96) if options.test else ("gallery", 30, 256)
    (folder / "redrawn").mkdir(parents=True, exist_ok=True)
    made = chains(count, seed, () if options.test else FIRST)
    pages = [
        Page(name(number, scene), scene)
        for number, (scene, _) in enumerate(link for chain in made for link in chain)
    ]
    random = Random(f"{seed} words")

    def draw(page: Page, path: Path, how: str) -> None:
        image = picture(page.scene, Random(f"{seed} {how} {page.name}"), side, 4)
        image.save(path, quality=85, method=6)

    for page in pages:
        draw(page, folder / page.name, "first")
    rows = scene_rows([page.scene for page in pages])

    def fitting(captions: list[Caption]) -> list[list[str]]:
        table = fits(claim_rows([caption.claim for caption in captions]), rows)
        return [[pages[i].name for i in np.flatnonzero(line)] for line in table]

    captions = [full_caption(page.scene, random) for page in pages]
    queries = []
    for page, caption in zip(pages, captions):
        queries.append({"kind": "english", "text": caption.english, "relevant": [page.name]})
        queries.append({"kind": "chinese", "text": caption.chinese, "relevant": [page.name]})
    told = set()
    shorts = [short_caption(page.scene, random) for page in pages]
    for short, names in zip(shorts, fitting(shorts)):
        if short.claim not in told and short.claim.groups:
            told.add(short.claim)
            queries.append({"kind": "short english", "text": short.english, "relevant": names})
            queries.append({"kind": "short chinese", "text": short.chinese, "relevant": names})
    for page in pages[:: 2 if options.test else 4]:
        path = folder / "redrawn" / page.name
        draw(page, path, "again")
        queries.append({"kind": "redrawn", "image": f"redrawn/{page.name}", "relevant": [page.name]})
    links = [link for chain in made for link in chain]
    for number, (_, edit) in enumerate(links):
        if edit is not None:
            text = edit.english if number % 2 else edit.chinese
            source, target = pages[number - 1].name, pages[number].name
            queries.append({"kind": "edit", "image": source, "text": text, "relevant": [target]})

    def write(file: str, values: list[dict]) -> None:
        lines = [json.dumps(value, ensure_ascii=False) for value in values]
        (folder / file).write_text("\n".join(lines) + "\n", encoding="utf-8")

    spoken = list(zip(pages, captions))
    write("pictures.jsonl", [
        {"image": page.name, "english": caption.english, "chinese": caption.chinese}
        for page, caption in spoken
    ])  # fmt: skip
    write("pairs.jsonl", [
        {"image": page.name, "text": caption.english if number % 2 else caption.chinese}
        for number, (page, caption) in enumerate(spoken)
    ])  # fmt: skip
    write("queries.jsonl", queries)
    if not options.test:
        write("shown.jsonl", list(SHOWN))


if __name__ == "__main__":
    main()
