"""Writes formats/ and shown/ with Pillow 13: pictures, and what Pillow makes of them.

python make_formats.py
"""

import io
import json
import pathlib
import struct

import numpy
from PIL import Image, ImageOps

here = pathlib.Path(__file__).parent
random = numpy.random.default_rng(18)
SIZE = (31, 21)


def colours(width=SIZE[0], height=SIZE[1], channels=3):
    y, x = numpy.mgrid[0:height, 0:width]
    base = numpy.stack([x * 8, y * 12, (x + y) * 5, 255 - x * 7], axis=-1)[..., :channels]
    noise = random.integers(0, 30, (height, width, channels))
    return ((base + noise) % 256).astype(numpy.uint8)


def summary(image):
    pixels = numpy.asarray(image.convert("RGB"))
    digest = 0xCBF29CE484222325
    for byte in pixels.tobytes():
        digest = (digest ^ byte) * 0x100000001B3 % 2**64
    return {
        "width": image.width,
        "height": image.height,
        "sums": [int(pixels[..., channel].sum()) for channel in range(3)],
        "fnv": f"{digest:016x}",
    }


def over_white(image):
    rgba = image.convert("RGBA")
    white = Image.new("RGBA", image.size, "white")
    return Image.alpha_composite(white, rgba).convert("RGB")


def shown(image):
    image = ImageOps.exif_transpose(image)
    if image.mode.startswith("I;16"):
        image = Image.fromarray((numpy.asarray(image) >> 8).astype(numpy.uint8))
    return over_white(image)


files = {}


def save(folder, name, image, **options):
    stream = io.BytesIO()
    image.save(stream, **options)
    files[folder, name] = stream.getvalue()


rgb = Image.fromarray(colours())
gray = rgb.convert("L")
palette = rgb.quantize(40)
bilevel = rgb.convert("1")
alpha = Image.fromarray(colours(channels=4), "RGBA")
deep = Image.fromarray((colours(channels=2).view(numpy.uint16)[..., 0]))

# GIF
save("formats", "gif-palette.gif", palette, format="GIF")
save("formats", "gif-interlaced.gif", palette, format="GIF", interlace=1)
save("formats", "gif-gray.gif", gray, format="GIF")
save("formats", "gif-bilevel.gif", bilevel, format="GIF")
save("formats", "gif-transparent.gif", palette, format="GIF", transparency=3)
save("formats", "gif-animated.gif", palette, format="GIF", save_all=True,
     append_images=[palette.transpose(Image.Transpose.FLIP_LEFT_RIGHT)], duration=50)
whole = files["formats", "gif-palette.gif"]
# The frame moved within a larger canvas, with a transparent colour and without.
for name in ["gif-palette.gif", "gif-transparent.gif"]:
    data = bytearray(files["formats", name])
    data[6:10] = struct.pack("<HH", 40, 33)
    start = data.index(b",\0\0\0\0" + struct.pack("<HH", *SIZE))
    data[start + 1:start + 5] = struct.pack("<HH", 4, 6)
    files["formats", name.replace(".gif", "-on-canvas.gif")] = bytes(data)
beyond = bytearray(whole)
beyond[6:10] = struct.pack("<HH", 20, 10)
files["formats", "gif-beyond-canvas.gif"] = bytes(beyond)

# BMP
for name, image in [("rgb", rgb), ("gray", gray), ("palette", palette), ("bilevel", bilevel),
                    ("rgba", alpha)]:
    save("formats", f"bmp-{name}.bmp", image, format="BMP")
data = bytearray(files["formats", "bmp-rgb.bmp"])
data[22:26] = struct.pack("<i", -SIZE[1])
files["formats", "bmp-top-down.bmp"] = bytes(data)


def bitmap(width, height, bits, compression, rows, masks=b"", table=b"", header=40, colours=0):
    start = 14 + header + (len(masks) if header == 40 else 0) + len(table)
    info = struct.pack("<IiiHHIIiiII", header, width, height, 1, bits, compression, len(rows), 0,
                       0, colours, 0)
    info += masks if header == 40 else masks.ljust(header - 40, b"\0")
    return b"BM" + struct.pack("<IHHI", start + len(rows), 0, 0, start) + info + table + rows


words = random.integers(0, 65536, (8, 10)).astype("<u2")
files["formats", "bmp-555.bmp"] = bitmap(10, 8, 16, 0, words.tobytes())
files["formats", "bmp-565.bmp"] = bitmap(
    10, 8, 16, 3, words.tobytes(), struct.pack("<III", 0xF800, 0x7E0, 0x1F))
longs = random.integers(0, 2**32, (8, 10)).astype("<u4").tobytes()
files["formats", "bmp-32.bmp"] = bitmap(10, 8, 32, 0, longs)
for i, masks in enumerate([(0xFF0000, 0xFF00, 0xFF, 0xFF000000), (0xFF, 0xFF00, 0xFF0000, 0xFF000000),
                           (0xFF000000, 0xFF0000, 0xFF00, 0xFF), (0xFF000000, 0xFF0000, 0xFF00, 0),
                           (0, 0, 0, 0)]):
    files["formats", f"bmp-masks-{i}.bmp"] = bitmap(
        10, 8, 32, 3, longs, struct.pack("<IIII", *masks), header=108)
table = random.integers(0, 256, (16, 4)).astype(numpy.uint8).tobytes()
nibbles = random.integers(0, 256, (8, 8)).astype(numpy.uint8)
files["formats", "bmp-4.bmp"] = bitmap(10, 8, 4, 0, nibbles.tobytes(), table=table, colours=16)
bits = random.integers(0, 256, (8, 4)).astype(numpy.uint8)
files["formats", "bmp-1.bmp"] = bitmap(
    10, 8, 1, 0, bits.tobytes(), table=bytes([1, 2, 3, 0, 9, 8, 7, 0]))
runs = b"".join(bytes([5, row, 0, 5, 1, 2, 3, 4, row, 0, 0, 0]) for row in range(8)) + b"\0\1"
files["formats", "bmp-runs-8.bmp"] = bitmap(10, 8, 8, 1, runs, table=table, colours=16)
runs = bytes([4, 7, 0, 0, 0, 2, 3, 1, 5, 9, 0, 1])
files["formats", "bmp-runs-short.bmp"] = bitmap(10, 8, 8, 1, runs, table=table, colours=16)
runs = b"".join(bytes([5, 16 * row + 3, 0, 5, 0x12, 0x34, row, 0, 0, 0]) for row in range(8)) + b"\0\1"
files["formats", "bmp-runs-4.bmp"] = bitmap(10, 8, 4, 2, runs, table=table, colours=16)
core = bytearray(b"BM" + struct.pack("<IHHI", 0, 0, 0, 26) + struct.pack("<IHHHH", 12, 5, 3, 1, 24))
files["formats", "bmp-core.bmp"] = bytes(core) + random.integers(0, 256, (3, 16)).astype(
    numpy.uint8).tobytes()

# TIFF
for name, image in [("rgb", rgb), ("gray", gray), ("palette", palette), ("bilevel", bilevel),
                    ("rgba", alpha), ("la", alpha.convert("LA")), ("cmyk", rgb.convert("CMYK")),
                    ("gray16", deep)]:
    save("formats", f"tiff-{name}.tif", image, format="TIFF")
for compression in ["tiff_lzw", "tiff_adobe_deflate", "packbits", "jpeg"]:
    save("formats", f"tiff-{compression}.tif", rgb, format="TIFF", compression=compression)
save("formats", "tiff-group4.tif", bilevel, format="TIFF", compression="group4")
save("formats", "tiff-lzw-gray16.tif", deep, format="TIFF", compression="tiff_lzw")
save("formats", "tiff-strips.tif", rgb, format="TIFF", tiffinfo={278: 4}, compression="tiff_lzw")
save("formats", "tiff-pages.tif", rgb, format="TIFF", save_all=True, append_images=[gray])
for orientation in range(2, 9):
    save("formats", f"tiff-orientation-{orientation}.tif", rgb, format="TIFF",
         tiffinfo={274: orientation})


def tiff(entries, data, order="<"):
    """One directory behind the data; entries of shorts and longs."""
    head = struct.pack(order + "2sHI", b"II" if order == "<" else b"MM", 42, 8 + len(data))
    start, tail, body = 8 + len(data) + 2 + 12 * len(entries) + 4, b"", b""
    for tag, kind, values in sorted(entries):
        packed = struct.pack(order + {3: "H", 4: "I"}[kind] * len(values), *values)
        if len(packed) > 4:
            body += struct.pack(order + "HHII", tag, kind, len(values), start + len(tail))
            tail += packed
        else:
            body += struct.pack(order + "HHI", tag, kind, len(values)) + packed.ljust(4, b"\0")
    return head + data + struct.pack(order + "H", len(entries)) + body + bytes(4) + tail


def plain(width, height, bits, photometric, data, extra=(), order="<"):
    entries = [(256, 3, (width,)), (257, 3, (height,)), (258, 3, bits), (259, 3, (1,)),
               (262, 3, (photometric,)), (277, 3, (len(bits),))]
    return tiff(entries + list(extra), data, order)


def strip(data):
    return [(273, 4, (8,)), (279, 4, (len(data),)), (278, 3, (8,))]


noise = random.integers(0, 256, 8 * 10 * 8).astype(numpy.uint8).tobytes()
for bits in [1, 2, 4, 8]:
    data = noise[:8 * ((10 * bits + 7) // 8)]
    for photometric in [0, 1]:
        files["formats", f"tiff-bits-{bits}-{photometric}.tif"] = plain(
            10, 8, (bits,), photometric, data, strip(data))
    shades = tuple(int(n) for n in random.integers(0, 65536, 3 << bits))
    files["formats", f"tiff-bits-{bits}-palette.tif"] = plain(
        10, 8, (bits,), 3, data, strip(data) + [(320, 3, shades)])
data = noise[:8 * 10 * 6]
for order in "<>":
    name = "little" if order == "<" else "big"
    files["formats", f"tiff-rgb16-{name}.tif"] = plain(
        10, 8, (16, 16, 16), 2, data, strip(data), order)
    files["formats", f"tiff-gray16-{name}.tif"] = plain(
        10, 8, (16,), 1, data[:160], strip(data[:160]), order)
data = noise[:8 * 10 * 4]
files["formats", "tiff-rgbx.tif"] = plain(10, 8, (8,) * 4, 2, data, strip(data) + [(338, 3, (0,))])
data = noise[:8 * 10 * 3]
files["formats", "tiff-planar.tif"] = plain(
    10, 8, (8, 8, 8), 2, data, [(273, 4, (8, 88, 168)), (279, 4, (80, 80, 80)), (278, 3, (8,)),
                                (284, 3, (2,))])
data = random.integers(0, 256, 4 * 16 * 16 * 3).astype(numpy.uint8).tobytes()
files["formats", "tiff-tiles.tif"] = plain(
    27, 19, (8, 8, 8), 2, data, [(322, 3, (16,)), (323, 3, (16,)),
                                 (324, 4, tuple(8 + 768 * i for i in range(4))),
                                 (325, 4, (768,) * 4)])

data = numpy.random.default_rng(23).integers(0, 256, 8 * 10 * 8).astype(numpy.uint8).tobytes()
for order in "<>":
    files["formats", f"tiff-cmyk16-{'little' if order == '<' else 'big'}.tif"] = plain(
        10, 8, (16,) * 4, 5, data, strip(data), order)

# Gray of other widths, and alpha that the colours are multiplied with
other = numpy.random.default_rng(29)
data = other.integers(0, 256, 8 * 15).astype(numpy.uint8).tobytes()
files["formats", "tiff-gray12.tif"] = plain(10, 8, (12,), 1, data, strip(data))
data = other.integers(0, 256, 8 * 17).astype(numpy.uint8).tobytes()
files["formats", "tiff-gray12-odd.tif"] = plain(11, 8, (12,), 1, data, strip(data))
for order in "<>":
    name = "little" if order == "<" else "big"
    for kind, code, photometric in [("i2", 2, 1), ("i4", 2, 1), ("u4", 1, 1), ("f4", 3, 1), ("f4", 3, 0)]:
        values = other.integers(-40, 300, (8, 10)) if kind != "f4" else other.normal(120, 90, (8, 10))
        data = (abs(values) if kind[0] == "u" else values).astype(order + kind).tobytes()
        files["formats", f"tiff-gray-{kind}-{photometric}-{name}.tif"] = plain(
            10, 8, (8 * int(kind[1]),), photometric, data, strip(data) + [(339, 3, (code,))], order)
data = other.integers(0, 256, 8 * 10).astype(numpy.uint8).tobytes()
files["formats", "tiff-gray-i1.tif"] = plain(10, 8, (8,), 1, data, strip(data) + [(339, 3, (2,))])
pixels = other.integers(0, 256, (80, 4)).astype(numpy.uint8)
pixels[:9, 3], pixels[9:15, 3] = 0, 255
files["formats", "tiff-premultiplied.tif"] = plain(
    10, 8, (8,) * 4, 2, pixels.tobytes(), strip(pixels.tobytes()) + [(338, 3, (1,))])
for order in "<>":
    data = other.integers(0, 65536, (80, 4)).astype(order + "u2")
    data[:9, 3] = 0
    files["formats", f"tiff-premultiplied16-{'little' if order == '<' else 'big'}.tif"] = plain(
        10, 8, (16,) * 4, 2, data.tobytes(), strip(data.tobytes()) + [(338, 3, (1,))], order)
save("formats", "tiff-lzw-float.tif", gray.convert("F"), format="TIFF", compression="tiff_lzw")
save("formats", "tiff-deflate-i4.tif", gray.convert("I"), format="TIFF",
     compression="tiff_adobe_deflate")

# What a person sees
for orientation in range(1, 9):
    exif = Image.Exif()
    exif[274] = orientation
    save("shown", f"jpeg-{orientation}.jpg", rgb, format="JPEG", exif=exif)
exif = Image.Exif()
exif[274] = 6
save("shown", "png.png", rgb, format="PNG", exif=exif)
save("shown", "webp.webp", rgb, format="WEBP", lossless=True, exif=exif)
save("shown", "webp-alpha.webp", alpha, format="WEBP", lossless=True, exif=exif)
save("shown", "gray16.png", deep, format="PNG")
save("shown", "rgba.png", alpha, format="PNG")
save("shown", "la.png", alpha.convert("LA"), format="PNG")
save("shown", "palette-entries.png", palette, format="PNG",
     transparency=bytes(range(0, 240, 6)))
save("shown", "palette-index.png", palette, format="PNG", transparency=5)
key = tuple(int(n) for n in numpy.asarray(rgb)[3, 4])
save("shown", "rgb-key.png", rgb, format="PNG", transparency=key)
save("shown", "gray-key.png", gray, format="PNG", transparency=int(numpy.asarray(gray)[3, 4]))
files["shown", "gif.gif"] = files["formats", "gif-transparent-on-canvas.gif"]
files["shown", "tiff.tif"] = files["formats", "tiff-orientation-6.tif"]
files["shown", "bmp-alpha.bmp"] = files["formats", "bmp-masks-0.bmp"]

if __name__ == "__main__":
    for folder in ["formats", "shown"]:
        (here / folder).mkdir(exist_ok=True)
        expected = []
        for (place, name), data in sorted(files.items()):
            if place != folder:
                continue
            try:
                image = Image.open(io.BytesIO(data))
                image.load()
                entry = {"name": name, "mode": image.mode, "decoded": summary(image)}
                if folder == "shown":
                    entry["shown"] = summary(shown(Image.open(io.BytesIO(data))))
            except Exception as error:
                print("Pillow refuses", name, error)
                continue
            (here / folder / name).write_bytes(data)
            expected.append(entry)
        text = ",\n".join(json.dumps(entry) for entry in expected)
        (here / folder / "expected.json").write_text(f"[\n{text}\n]\n")
