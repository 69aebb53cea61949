"""Writes jxl/: JPEG XL with pillow-jxl-plugin (libjxl 0.11), and what it makes of them.

pip install pillow pillow-jxl-plugin && python make_jxl.py
"""

import io
import json

import pillow_jxl  # noqa: F401: it registers itself
from PIL import Image

from make_formats import alpha, colours, deep, gray, here, rgb, summary

files = {}


def save(name, image, **options):
    stream = io.BytesIO()
    image.save(stream, format="JXL", **options)
    files[name] = stream.getvalue()


for name, image in [("rgb", rgb), ("gray", gray), ("rgba", alpha), ("la", alpha.convert("LA")),
                    ("gray16", deep)]:
    save(f"{name}.jxl", image, lossless=True)
for effort in [1, 9]:
    save(f"effort-{effort}.jxl", rgb, lossless=True, effort=effort)
save("container.jxl", rgb, lossless=True, use_container=True)
save("lossy.jxl", rgb, quality=90)
save("lossy-gray.jxl", gray, quality=80)
stream = io.BytesIO()
rgb.save(stream, format="JPEG", quality=88)
(here / "jxl").mkdir(exist_ok=True)
temporary = here / "jxl" / "temporary.jpg"
temporary.write_bytes(stream.getvalue())
# As `cjxl` does by default: the JPEG's own numbers, packed again.
save("jpeg.jxl", Image.open(temporary), lossless_jpeg=True)
temporary.unlink()

expected = []
for name, data in sorted(files.items()):
    image = Image.open(io.BytesIO(data))
    image.load()
    (here / "jxl" / name).write_bytes(data)
    expected.append({"name": name, "mode": image.mode, "decoded": summary(image)})
text = ",\n".join(json.dumps(entry) for entry in expected)
(here / "jxl" / "expected.json").write_text(f"[\n{text}\n]\n")
