"""Writes resize-wide.json: samples of 32 bits and floating point, before and after Pillow's `resize`.

python make_resize_wide.py
"""

import json
import pathlib

import numpy
from PIL import Image

random = numpy.random.default_rng(31)
cases = []
for mode, kind in [("I", numpy.int32), ("F", numpy.float32)]:
    for filter in range(6):
        for (width, height), new in [((7, 5), (3, 4)), ((5, 7), (11, 2)), ((4, 9), (4, 3))]:
            samples = random.normal(100, 4000 if mode == "I" else 90, (height, width)).astype(kind)
            resized = numpy.asarray(Image.fromarray(samples).resize(new, filter))
            assert resized.dtype == kind
            cases.append({"mode": mode, "filter": filter, "size": [width, height],
                          "samples": samples.ravel().tolist(), "newSize": new,
                          "expected": resized.ravel().tolist()})
path = pathlib.Path(__file__).with_name("resize-wide.json")
path.write_text("[\n" + ",\n".join(json.dumps(case) for case in cases) + "\n]\n")
