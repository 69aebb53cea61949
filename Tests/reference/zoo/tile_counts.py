"""Writes how many tokens LLaVA-NeXT and LLaVA-OneVision make of pictures of many sizes.

python tile_counts.py > GOLDENS/tile-counts.json, where GOLDENS is Tests/Support/Goldens.
"""

import json
import random
from types import SimpleNamespace

from transformers.models.llava_next.image_processing_pil_llava_next import LlavaNextImageProcessorPil
from transformers.models.llava_next.processing_llava_next import LlavaNextProcessor
from transformers.models.llava_onevision.image_processing_pil_llava_onevision import LlavaOnevisionImageProcessorPil
from transformers.models.llava_onevision.processing_llava_onevision import LlavaOnevisionProcessor


def processor(kind, images, **attributes):
    made = object.__new__(kind)
    for name, value in attributes.items():
        setattr(made, name, value)
    made.image_processor = SimpleNamespace(image_grid_pinpoints=images.image_grid_pinpoints)
    return made


# The class token counts among the additional ones, and the strategy takes it off again.
following = processor(LlavaNextProcessor, LlavaNextImageProcessorPil, patch_size=14, num_additional_image_tokens=0)
one_vision = processor(LlavaOnevisionProcessor, LlavaOnevisionImageProcessorPil, num_image_tokens=729,
                       vision_aspect_ratio="anyres_max_9")
random.seed(5)
sizes = [(1, 1), (1, 5000), (5000, 1), (4000, 3), (7, 3000), (336, 336), (384, 384), (2304, 2304), (672, 336)]
sizes += [(random.randint(1, 400), random.randint(1, 400)) for _ in range(80)]
sizes += [(random.randint(1, 4000), random.randint(1, 4000)) for _ in range(160)]
rows = [[width, height, following._get_number_of_features(height, width, 336, 336),
         one_vision._get_number_of_features(height, width, 384, 384)] for width, height in sizes]
print("[" + ",\n".join(json.dumps(row) for row in rows) + "]")
