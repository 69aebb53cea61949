"""Pictures to pixels, as the published transforms do it."""

from pathlib import Path

import numpy as np
import torch
from PIL import Image

MEAN = torch.tensor([0.48145466, 0.4578275, 0.40821073]).view(3, 1, 1)
STD = torch.tensor([0.26862954, 0.26130258, 0.27577711]).view(3, 1, 1)


def resized_and_cropped(path: str | Path, size: int) -> Image.Image:
    """The centre square of Visualized-BGE, `size` pixels wide.

    The image is resampled in its own mode and becomes RGB last. Neither the EXIF orientation nor
    a colour profile is looked at.
    """
    image = Image.open(path)
    width, height = image.size
    short, long = min(width, height), max(width, height)
    other = int(size * long / short)
    target = (size, other) if width <= height else (other, size)
    if target != image.size:
        image = image.resize(target, Image.Resampling.BICUBIC)
    # Python's round goes to the even neighbour, and so must the port.
    left = int(round((target[0] - size) / 2))
    top = int(round((target[1] - size) / 2))
    return image.crop((left, top, left + size, top + size)).convert("RGB")


def pixels(path: str | Path, size: int) -> torch.Tensor:
    """[3, size, size] in float32, normalised with CLIP's mean and deviation."""
    image = np.array(resized_and_cropped(path, size))  # [size, size, 3], uint8
    channels = torch.from_numpy(image).permute(2, 0, 1).contiguous()
    return (channels.float().div(255) - MEAN) / STD
