"""Writes every stage of one item, seen by forward hooks.

    trace.py MODEL OUT.safetensors [--text TEXT] [--image FILE]

A tensor is named by the path of the module that put it out, without the batch dimension. Three
names are not module paths: `pixels`, the input of the patch embedding; `….attention.probs` for
BERT's and `….self_attn.probs` for CLIP's attention. A patch embedding is [P, C].
"""

import re
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file
from torch import Tensor, nn

from encoders import load
from reference_embeddings import arguments, versions

BERT_LAYER = (
    r"(attention\.self(\.query|\.key|\.value)?|attention\.output(\.dense)?"
    r"|intermediate(\.dense)?|output(\.dense)?)"
)
EVA_BLOCK = (
    r"(norm[12]|attn(\.[qkv]_proj|\.probs|\.inner_attn_ln|\.proj)?|mlp(\.w[123]|\.ffn_ln)?)"
)
CLIP_LAYER = (
    r"(layer_norm[12]|self_attn(\.(q|k|v|out)_proj)?|mlp(\.fc1|\.activation_fn|\.fc2)?)"
)
STAGE = re.compile(
    r"fusion|visual_proj|(bge_)?embeddings"
    rf"|(bge_)?encoder\.layer\.\d+(\.{BERT_LAYER})?"
    r"|model_visual\.visual\.(embeddings|patch_embed\.proj)"
    rf"|model_visual\.visual\.blocks\.\d+(\.{EVA_BLOCK})?"
    r"|(text|vision)_model\.embeddings(\.patch_embedding)?"
    rf"|(text|vision)_model\.encoder\.layers\.\d+(\.{CLIP_LAYER})?"
    r"|vision_model\.(pre_layrnorm|post_layernorm)|text_model\.final_layer_norm"
    r"|(text|visual)_projection"
)


class Recorder:
    """The stages of a run, in the order of the computation."""

    def __init__(self, root: nn.Module) -> None:
        self.stages: dict[str, Tensor] = {}
        for path, module in root.named_modules():
            # BERT's attention has no module for its probabilities but their dropout.
            name = path.replace(".attention.self.dropout", ".attention.probs")
            if name != path or STAGE.fullmatch(path):
                module.register_forward_hook(self.hook(name))

    def hook(self, name: str) -> Any:
        def record(module: nn.Module, inputs: tuple, output: Any) -> None:
            first, *rest = output if isinstance(output, tuple) else (output,)
            if isinstance(module, nn.Conv2d):
                self.add("pixels", inputs[0])
                first = first.flatten(2).transpose(1, 2)
            self.add(name, first)
            if name.endswith(".self_attn") and rest and rest[0] is not None:
                self.add(f"{name}.probs", rest[0])

        return record

    def add(self, name: str, tensor: Tensor) -> None:
        if name in self.stages:
            raise ValueError(f"{name} was seen twice in one run")
        self.stages[name] = tensor[0].clone().contiguous()


@torch.inference_mode()
def main() -> None:
    parser = arguments(__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("--text")
    parser.add_argument("--image")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    encoder = load(options.model, options.text_model, options.max_length)
    recorder = Recorder(encoder.module)
    pairs = (("text", options.text), ("image", options.image))
    encoder.encode({key: value for key, value in pairs if value is not None}, options.images)
    save_file(recorder.stages, options.out, versions())
    print(f"{len(recorder.stages)} stages")


if __name__ == "__main__":
    main()
