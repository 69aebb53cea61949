"""What the scripts beside this one share: how a small model's answers are written down."""

import json
import pathlib
import shutil

import torch
from torch import nn
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


@torch.no_grad()
def randomize(model) -> None:
    """So that tokens stay apart from layer to layer, and every bias shows."""
    torch.manual_seed(7)
    for path, layer in model.named_modules():
        for key, parameter in layer.named_parameters(recurse=False):
            if parameter.dim() == 0:
                continue
            if key == "weight" and parameter.dim() == 1:
                parameter.normal_(1, 0.15)
            elif isinstance(layer, nn.BatchNorm2d):
                parameter.normal_(0, 0.1)
            elif key.endswith("weight") and not isinstance(layer, nn.Embedding) \
                    and parameter.dim() > 1:
                into_sum = any(end in path for end in ["out_proj", "fc2", "c_proj", "output.dense",
                                                       "attn.proj", ".wo", "projection", "o_proj",
                                                       "down_proj", "Wo"])
                parameter.normal_(0, 0.01 if into_sum else parameter[0].numel() ** -0.5)
            else:
                parameter.normal_(0, 0.25 if parameter.dim() > 1 else 0.1)
            parameter.copy_(parameter.half().float())


def halves(tensors):
    return {name: tensor.half().contiguous() if tensor.is_floating_point() else tensor
            for name, tensor in tensors.items()}


def write_modules(out, pooling="mean", is_normalizing=True, reader="sentence_transformers.models.Transformer",
                  limit=None, sentence_transformers=None):
    """What sentence-transformers adds to a transformer's folder: a pooling, perhaps a Normalize."""
    kinds = [("", reader), ("1_Pooling", "sentence_transformers.models.Pooling")]
    if is_normalizing:
        kinds.append(("2_Normalize", "sentence_transformers.models.Normalize"))
    (out / "modules.json").write_text(json.dumps(
        [{"idx": i, "name": str(i), "path": path, "type": kind} for i, (path, kind) in enumerate(kinds)],
        indent=1))
    (out / "1_Pooling").mkdir(exist_ok=True)
    (out / "1_Pooling/config.json").write_text(json.dumps(
        {"word_embedding_dimension": json.loads((out / "config.json").read_text())["hidden_size"],
         f"pooling_mode_{pooling}": True}, indent=1))
    if limit is not None:
        (out / "sentence_bert_config.json").write_text(json.dumps(
            {"max_seq_length": limit, "do_lower_case": False}, indent=1))
    if sentence_transformers is not None:
        (out / "config_sentence_transformers.json").write_text(
            json.dumps(sentence_transformers, indent=1))


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

    def add(self, item, vector, is_normalizing=True):
        vector = vector.detach()[0]
        self.items.append(item)
        self.vectors.append(vector / vector.norm() if is_normalizing else vector)

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
