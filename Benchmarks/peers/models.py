"""The peers' models: modules of a Visualized-BGE's sizes with random weights, and the files that
the runtimes read. Time does not depend on the values.

Files are made once and kept in a cache folder: nothing of a conversion is ever timed.
"""

import contextlib
import hashlib
import json
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from torch import nn
from transformers import BertConfig, BertModel, XLMRobertaConfig, XLMRobertaModel

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "Tests/reference"))
from visualized_bge import EVAConfig, EVATower  # noqa: E402


class TextEncoder(nn.Module):
    """The encoder by itself, from embeddings on: what fused sequences and texts have in common.

    Gives the class token's vector, and so leaves the runtimes free to compute nothing else.
    """

    def __init__(self, config: dict) -> None:
        super().__init__()
        if config["model_type"] == "bert":
            kind, settings = BertModel, BertConfig(**config)
        else:
            kind, settings = XLMRobertaModel, XLMRobertaConfig(**config)
        settings.vocab_size = 1000  # a table is only looked up
        self.model = kind(settings, add_pooling_layer=False)

    def forward(self, embedded: torch.Tensor, mask: torch.Tensor | None = None) -> torch.Tensor:
        return self.model(inputs_embeds=embedded, attention_mask=mask).last_hidden_state[:, 0]


def tower(config: dict) -> nn.Module:
    return EVATower(
        EVAConfig(
            image_size=config["image_size"], patch_size=config["patch_size"],
            width=config["hidden_size"], depth=config["num_hidden_layers"],
            head_width=config["hidden_size"] // config["num_attention_heads"],
            hidden=config["intermediate_size"], output=config["projection_dim"],
        )
    )


class Part:
    """A module, examples of its inputs by name, and its files: as it is, and quantized."""

    def __init__(
        self, make: Callable[[], nn.Module], examples: dict[str, np.ndarray], files: Path
    ) -> None:
        torch.manual_seed(0)
        self.module = make().eval()
        self.examples = examples
        self.files = files  # what the names of all files begin with

    def _file(self, ending: str, make: Callable[[Path], None]) -> Path:
        """The file of that ending, made if it is not there, under its name only when complete."""
        path = self.files.with_name(self.files.name + ending)
        if not path.exists():
            print(f"making {path.name}", file=sys.stderr, flush=True)
            path.parent.mkdir(parents=True, exist_ok=True)
            # Runtimes find the data beside the name, so that comes first and the name last.
            partial = path.with_name("partial-" + path.name)
            with contextlib.redirect_stdout(sys.stderr):  # standard output is for results
                make(partial)
            if path.suffix == ".xml":
                partial.with_suffix(".bin").rename(path.with_suffix(".bin"))
            partial.rename(path)
        return path

    def onnx(self) -> Path:
        """Float32, batch and tokens left open."""

        def export(path: Path) -> None:
            axes = {
                name: {0: "batch"} if value.ndim == 4 else {0: "batch", 1: "tokens"}
                for name, value in self.examples.items()
            }
            inputs = tuple(torch.from_numpy(value) for value in self.examples.values())
            torch.onnx.export(
                self.module, inputs, str(path), input_names=list(self.examples),
                output_names=["y"], dynamic_axes=axes | {"y": {0: "batch"}}, opset_version=17, dynamo=False,
            )

        return self._file(".onnx", export)

    def onnx_int8(self) -> Path:
        """ONNX Runtime's dynamic quantization: weights by column, activations at run time."""
        from onnxruntime.quantization import QuantType, quantize_dynamic

        return self._file(
            ".int8.onnx",
            lambda path: quantize_dynamic(
                self.onnx(), path, per_channel=True, reduce_range=False,
                weight_type=QuantType.QInt8, op_types_to_quantize=["MatMul"],
                extra_options={"MatMulConstBOnly": True},
            ),
        )

    def openvino_int8(self) -> Path:
        """NNCF's post-training quantization, scales of activations fixed beforehand: by far the
        fastest of what OpenVINO offers, and four times as fast as ONNX Runtime's file on it."""

        def quantize(path: Path) -> None:
            import nncf
            import openvino

            samples = nncf.Dataset([self.examples])
            model = openvino.Core().read_model(self.onnx())
            model = nncf.quantize(
                model, samples, model_type=nncf.ModelType.TRANSFORMER, subset_size=1
            )
            openvino.save_model(model, path)

        return self._file(".int8.xml", quantize)


class Model:
    """What the folder of a converted Visualized-BGE says of its sizes."""

    def __init__(self, folder: Path, cache: Path) -> None:
        text = (folder / "config.json").read_text()
        config = json.loads(text)
        self.name = folder.resolve().name
        self.text_config: dict = config["text_config"]
        self.vision_config: dict = config["vision_config"]
        self.width: int = self.text_config["hidden_size"]
        self.image_size: int = self.vision_config["image_size"]
        self.image_tokens = (self.image_size // self.vision_config["patch_size"]) ** 2
        self.cache = cache / f"{self.name}-{hashlib.sha256(text.encode()).hexdigest()[:8]}"

    def text(self) -> Part:
        return Part(
            lambda: TextEncoder(self.text_config), {"x": numbers(2, 64, self.width)},
            self.cache / "text",
        )

    def masked_text(self) -> Part:
        """For batches with padding."""
        mask = np.ones((2, 64), dtype=np.int64)
        mask[1, 40:] = 0
        return Part(
            lambda: TextEncoder(self.text_config),
            {"x": numbers(2, 64, self.width), "mask": mask}, self.cache / "masked-text",
        )

    def vision(self) -> Part:
        return Part(
            lambda: tower(self.vision_config),
            {"x": numbers(1, 3, self.image_size, self.image_size)}, self.cache / "vision",
        )


def numbers(*shape: int) -> np.ndarray:
    return np.random.default_rng(0).standard_normal(shape, dtype=np.float32)
