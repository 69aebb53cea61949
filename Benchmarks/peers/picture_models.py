"""Writes models of pictures at their real size with random weights, to be timed.

    picture_models.py GOLDENS OUT, where GOLDENS is Tests/Support/Goldens

OUT/siglip-base has SigLIP-base's sizes, OUT/align-base ALIGN's, OUT/blip-caption-base those of BLIP's
captioner. Their tokenizers are those of the small models of GOLDENS: no text is timed by them.
"""

import json
import shutil
import sys
from pathlib import Path

import torch
from transformers import (AlignConfig, AlignModel, BlipConfig, BlipForConditionalGeneration,
                          SiglipConfig, SiglipModel)

goldens, out = map(Path, sys.argv[1:])
torch.manual_seed(0)


def write(name: str, model: torch.nn.Module, small: str, changes: dict[str, dict]) -> None:
    folder = out / name
    model.eval().save_pretrained(folder)
    for file in (goldens / "zoo" / small).iterdir():
        if file.suffix in (".json", ".txt") and file.name not in ("config.json", "inputs.json"):
            shutil.copy(file, folder / file.name)
    for file, keys in changes.items():
        path = folder / file
        values = json.loads(path.read_text()) if path.exists() else {}
        path.write_text(json.dumps(values | keys, indent=1))


def size(side: int) -> dict[str, dict]:
    return {"preprocessor_config.json": {"size": {"height": side, "width": side}}}


write("siglip-base", SiglipModel(SiglipConfig()), "siglip", size(224))
# EfficientNet-B7's sizes at the side that ALIGN reads.
align = AlignConfig(vision_config={"image_size": 600}, projection_dim=640)
write("align-base", AlignModel(align), "align", {
    "preprocessor_config.json": {"size": {"height": 346, "width": 346},
                                 "crop_size": {"height": 289, "width": 289}}})
blip = BlipConfig(vision_config={"image_size": 384}, image_text_hidden_size=256)
# As many words as asked for, whatever the random weights say.
write("blip-caption-base", BlipForConditionalGeneration(blip), "blip-caption",
      size(384) | {"generation_config.json": {"min_new_tokens": 20, "max_new_tokens": 20}})
