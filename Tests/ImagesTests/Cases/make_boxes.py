"""Writes boxes/: AVIF with Pillow 13 (libavif 1.4.2, libyuv 1924), and with imagecodecs what Pillow does
not write; HEIC with pillow-heif; and what Pillow makes of them.

pip install pillow pillow-heif imagecodecs && python make_boxes.py
"""

import io
import json
import struct

import imagecodecs
import numpy
import pillow_heif
from PIL import Image, ImageOps

from make_formats import colours, here, over_white, summary

pillow_heif.register_heif_opener()
files = {}


def save(name, image, **options):
    stream = io.BytesIO()
    image.save(stream, quality=85, **options)
    files[name] = stream.getvalue()


def patched(name, new, matrix, is_full):
    """The same planes under another matrix: the box of colours says which."""
    data = bytearray(files[name])
    place = data.index(b"colrnclx")
    data[place + 12:place + 14] = struct.pack(">H", matrix)
    data[place + 14] = 0x80 if is_full else 0
    files[new] = bytes(data)


odd, even = Image.fromarray(colours(31, 21)), Image.fromarray(colours(30, 20))
alpha = Image.fromarray(colours(31, 21, 4), "RGBA")
for ratio in ["4:2:0", "4:2:2", "4:4:4", "4:0:0"]:
    name = ratio.replace(":", "")
    save(f"avif-{name}.avif", odd, format="AVIF", subsampling=ratio)
    save(f"avif-{name}-even.avif", even, format="AVIF", subsampling=ratio)
    save(f"avif-{name}-limited.avif", odd, format="AVIF", subsampling=ratio, range="limited")
for matrix in [1, 2, 5, 9]:
    for is_full in [False, True]:
        patched("avif-444.avif", f"avif-matrix-{matrix}-{'full' if is_full else 'limited'}.avif",
                matrix, is_full)
patched("avif-444.avif", "avif-matrix-0-full.avif", 0, True)
save("avif-rgba.avif", alpha, format="AVIF")
for bits in [10, 12]:
    deep = (numpy.asarray(odd).astype(numpy.uint16) << (bits - 8)) + 1
    for ratio in ["420", "444"]:
        files[f"avif-{bits}-{ratio}.avif"] = imagecodecs.avif_encode(
            deep, level=85, bitspersample=bits, pixelformat=ratio)
for orientation in range(2, 9):
    exif = Image.Exif()
    exif[274] = orientation
    save(f"avif-turned-{orientation}.avif", odd, format="AVIF", exif=exif)
for chroma in [420, 422, 444]:
    save(f"heic-{chroma}.heic", odd, format="HEIF", chroma=chroma)
save("heic-rgba.heic", alpha, format="HEIF", chroma=444)

(here / "boxes").mkdir(exist_ok=True)
expected = []
for name, data in sorted(files.items()):
    image = Image.open(io.BytesIO(data))
    image.load()
    entry = {"name": name, "mode": image.mode, "decoded": summary(image),
             "shown": summary(over_white(ImageOps.exif_transpose(image)))}
    (here / "boxes" / name).write_bytes(data)
    expected.append(entry)
text = ",\n".join(json.dumps(entry) for entry in expected)
(here / "boxes" / "expected.json").write_text(f"[\n{text}\n]\n")
