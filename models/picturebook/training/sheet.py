"""Queries and their first hits on one page: python sheet.py GALLERY SHEET.png --tessera PATH

The hits are Tessera's. Needs a font that has Chinese characters (fonts-wqy-microhei, fonts-noto-cjk).
"""

import argparse
import json
import subprocess
import textwrap
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

TILE, GAP, LEFT, HITS = 104, 8, 316, 5
PAPER, INK, FAINT = (252, 250, 245), (52, 48, 60), (140, 134, 146)
FONTS = (
    "/usr/share/fonts/truetype/wqy/wqy-microhei.ttc",
    "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc",
    "/System/Library/Fonts/PingFang.ttc",
)


def rankings(tessera: str, gallery: Path) -> list[dict]:
    command = [
        tessera, "rank", "--among", "pictures.jsonl", "--queries", "shown.jsonl",
        "--top", str(HITS), "--format", "jsonl",
    ]  # fmt: skip
    run = subprocess.run(command, cwd=gallery, check=True, capture_output=True, encoding="utf-8")
    return [json.loads(line) for line in run.stdout.splitlines()]


def sheet(rows: list[dict], gallery: Path, font_file: str) -> Image.Image:
    words = ImageFont.truetype(font_file, 17)
    numbers = ImageFont.truetype(font_file, 12)
    height = TILE + 18 + GAP
    page = Image.new("RGB", (LEFT + HITS * (TILE + GAP) + GAP, len(rows) * height + GAP), PAPER)
    draw = ImageDraw.Draw(page)

    def paste(name: str, x: int, y: int) -> None:
        tile = Image.open(gallery / name).resize((TILE, TILE), Image.Resampling.LANCZOS)
        page.paste(tile, (x, y))

    for number, row in enumerate(rows):
        y = GAP + number * height
        x = GAP
        if "image" in row:
            paste(row["image"], x, y)
            x += TILE + 12
        text = row.get("text", "")
        per_line = (LEFT - 40 - x) // (17 if not text.isascii() else 9)
        lines = "\n".join(textwrap.wrap(text, per_line))
        if "image" in row and text:
            lines = f"+ {lines}"
        draw.multiline_text((x, y + TILE / 2), lines, INK, words, anchor="lm", spacing=6)
        draw.text((LEFT - 18, y + TILE / 2), "→", FAINT, words, anchor="mm")
        for place, hit in enumerate(row["hits"]):
            x = LEFT + place * (TILE + GAP)
            paste(hit["image"], x, y)
            draw.text((x + TILE / 2, y + TILE + 9), f"{hit['score']:.2f}", FAINT, numbers, anchor="mm")
    return page


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("gallery", type=Path)
    parser.add_argument("target", type=Path)
    parser.add_argument("--tessera", default="tessera")
    parser.add_argument("--font", default=next((f for f in FONTS if Path(f).exists()), FONTS[0]))
    options = parser.parse_args()
    page = sheet(rankings(options.tessera, options.gallery), options.gallery, options.font)
    page.save(options.target, optimize=True)


if __name__ == "__main__":
    main()
