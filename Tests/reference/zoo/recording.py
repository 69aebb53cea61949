"""What the scripts beside this one share: how a small model's answers are written down."""

import json
import pathlib
import shutil

import torch
from safetensors.torch import save_file

TEXTS = ["a photo of a cat", "Two red circles on a blue background!", "鲸鱼 蓝鲸",
         "it's a dog's life, isn't it?", "", "whale " * 80]
IMAGES = ["rgb.png", "photo-420.jpg", "rgba.png", "tall.png", "palette.png", "gray16.png",
          "gray-alpha.png", "bilevel.png", "cmyk.jpg"]
TOKENIZER = ["tokenizer.json", "tokenizer_config.json", "special_tokens_map.json"]


def disturb(model, scale=0.1):
    """Moves every parameter from its first value, to one that half precision has."""
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.dim() > 0:
                parameter += torch.randn_like(parameter) * scale
            parameter.copy_(parameter.half().float())


def halves(tensors):
    return {name: tensor.half().contiguous() if tensor.is_floating_point() else tensor
            for name, tensor in tensors.items()}


def copy_tokenizer(source, out):
    for name in TOKENIZER:
        if (source / name).exists():
            shutil.copy(source / name, out / name)


class Recorder:
    """Gathers vectors and stages, and writes `inputs.json` and `expected.safetensors`."""

    def __init__(self, out: pathlib.Path, like: str):
        self.out, self.like = out, like
        self.items, self.vectors, self.stages = [], [], {}

    def watch(self, modules, take=lambda output: output[0]):
        """Hooks on modules by the names that their stages shall have; `take` drops the batch."""
        def hook(name):
            def keep(module, inputs, output):
                output = output[0] if isinstance(output, tuple) else output
                self.stages[f"stage.{name}"] = take(output.detach()).float().contiguous().clone()
            return keep
        return [module.register_forward_hook(hook(name)) for name, module in modules.items()]

    def add(self, item, vector):
        self.items.append(item)
        self.vectors.append(vector.detach()[0] / vector.detach()[0].norm())

    def write(self, stages_of, scale=None):
        expected = {f"item.{i}": vector.contiguous() for i, vector in enumerate(self.vectors)}
        if scale is not None:
            texts = [v for item, v in zip(self.items, self.vectors) if "text" in item]
            images = [v for item, v in zip(self.items, self.vectors) if "image" in item]
            logits = scale * torch.stack(images) @ torch.stack(texts).T
            expected["probabilities"] = logits.softmax(-1)
        save_file({**expected, **self.stages}, self.out / "expected.safetensors")
        (self.out / "inputs.json").write_text(json.dumps(
            {"items": self.items, "stages_of": stages_of, "like": self.like},
            ensure_ascii=False))
