"""The course of a training: python plot.py WORK_FOLDER/log.jsonl TARGET.png"""

import argparse
import json
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

WIDTH, HEIGHT, EDGE, SCALE = 720, 300, 44, 2
COLOURS = {
    "english": (66, 118, 214), "chinese": (222, 62, 58), "composed": (88, 152, 88),
    "redrawn": (140, 88, 188), "across": (243, 145, 50),
}  # fmt: skip
GRID, INK = (226, 224, 218), (52, 48, 60)


def panel(
    draw: ImageDraw.ImageDraw, font, left: float, title: str,
    curves: dict[str, list[tuple[int, float]]], highest: float, marks: list[float],
) -> None:  # fmt: skip
    width, height = WIDTH / 2 - 1.5 * EDGE, HEIGHT - 2 * EDGE
    last = max(step for points in curves.values() for step, _ in points)

    def place(step: float, value: float) -> tuple[float, float]:
        x = left + step / last * width
        return x * SCALE, (EDGE + height - min(value / highest, 1) * height) * SCALE

    for mark in marks:
        draw.line([place(0, mark), place(last, mark)], GRID, SCALE)
        x, y = place(0, mark)
        draw.text((x - 6 * SCALE, y), f"{mark:g}", INK, font, anchor="rm")
    for name, points in curves.items():
        draw.line([place(*point) for point in points], COLOURS[name], 2 * SCALE, joint="curve")
    draw.text((left * SCALE, 16 * SCALE), title, INK, font, anchor="lm")
    draw.text(place(last, 0)[:1] + ((HEIGHT - 22) * SCALE,), f"step {last}", INK, font, anchor="rm")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("log", type=Path)
    parser.add_argument("target", type=Path)
    options = parser.parse_args()
    rows = {}
    for line in options.log.read_text().splitlines():
        # A training that went on from a checkpoint tells some steps twice; the later counts.
        row = json.loads(line)
        for kind in ("loss", "recall"):
            if kind in row:
                rows[kind, row["step"]] = row[kind]
    curves = {
        kind: {
            name: sorted((step, row[name]) for (k, step), row in rows.items() if k == kind and name in row)
            for name in COLOURS
        }
        for kind in ("loss", "recall")
    }
    image = Image.new("RGB", (WIDTH * SCALE, HEIGHT * SCALE), "white")
    draw = ImageDraw.Draw(image)
    font = ImageFont.load_default(size=12 * SCALE)
    panel(draw, font, EDGE, "loss", curves["loss"], 5, [0, 1, 2, 3, 4, 5])
    known = {name: points for name, points in curves["recall"].items() if points}
    panel(draw, font, WIDTH / 2 + 0.5 * EDGE, "recall@1 of 500", known, 1, [0, 0.25, 0.5, 0.75, 1])
    for number, (name, colour) in enumerate(COLOURS.items()):
        x, y = (WIDTH / 2 - EDGE - 64) * SCALE, (EDGE + 8 + number * 17) * SCALE
        draw.text((x, y), name, colour, font, anchor="lm")
    image.quantize(64).save(options.target, optimize=True)


if __name__ == "__main__":
    main()
