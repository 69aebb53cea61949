"""The reference encoders: a model folder in, an item's vectors out.

Float32, evaluation mode, one item at a time and so without padding. The tokenizer is the folder's
own `tokenizer.json`, run by Hugging Face tokenizers.
"""

import json
from abc import ABC, abstractmethod
from collections.abc import Mapping
from pathlib import Path
from types import MethodType

import torch
import torch.nn.functional as F
from PIL import Image
from tokenizers import Tokenizer
from torch import Tensor, nn
from transformers import AutoModel, CLIPImageProcessor, CLIPModel
from transformers.models.xlm_roberta.modeling_xlm_roberta import XLMRobertaSelfAttention

from images import pixels
from visualized_bge import VisualizedBGE

Item = Mapping[str, str]
"""`text`, `image` (a path) or both; further fields are not looked at."""


def read_json(path: Path) -> dict:
    return json.loads(path.read_text(encoding="utf-8"))


class Encoder(ABC):
    module: nn.Module

    def __init__(self, folder: Path, max_length: int | None) -> None:
        self.max_length = max_length
        self.tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        # A tokenizer.json may bring a length of its own (MiniLM's says 128); the caller's counts.
        self.tokenizer.no_padding()
        self.tokenizer.no_truncation()
        if max_length is not None:
            self.tokenizer.enable_truncation(max_length)

    def ids(self, text: str) -> list[int]:
        return self.tokenizer.encode(text).ids

    @abstractmethod
    def encode(self, item: Item, images: Path) -> dict[str, Tensor]:
        """The item's vectors by kind; every encoder has `embedding`."""


class VisualizedBGEEncoder(Encoder):
    def __init__(self, checkpoint: Path, text_folder: Path, max_length: int | None = None) -> None:
        super().__init__(text_folder, max_length)
        self.module = VisualizedBGE.load(checkpoint, text_folder)

    def encode(self, item: Item, images: Path) -> dict[str, Tensor]:
        ids = self.ids(item.get("text", ""))
        if "image" not in item:
            return {"embedding": self.module(ids)}
        picture = pixels(images / item["image"], self.module.image_size)
        return {"embedding": self.module(ids, picture)}


class SentenceEncoder(Encoder):
    """A sentence-transformers folder: BERT or XLM-R, a pooling, perhaps a normalisation."""

    def __init__(self, folder: Path, max_length: int | None = None) -> None:
        settings = folder / "sentence_bert_config.json"
        if max_length is None and settings.exists():
            max_length = read_json(settings)["max_seq_length"]
        super().__init__(folder, max_length)
        self.module = AutoModel.from_pretrained(
            folder, torch_dtype=torch.float32, attn_implementation="eager"
        ).eval()
        pooling = read_json(folder / "1_Pooling" / "config.json")
        modes = {key for key, value in pooling.items() if value is True and "pooling_mode" in key}
        if modes not in ({"pooling_mode_cls_token"}, {"pooling_mode_mean_tokens"}):
            raise ValueError(f"{folder}: a pooling of {sorted(modes)} is not known")
        self.takes_mean = "pooling_mode_mean_tokens" in modes
        modules = read_json(folder / "modules.json")
        self.normalizes = any(module["type"].endswith(".Normalize") for module in modules)

    def encode(self, item: Item, images: Path) -> dict[str, Tensor]:
        hidden = self.module(torch.tensor([self.ids(item["text"])])).last_hidden_state[0]  # [T, C]
        if self.takes_mean:
            # sentence-transformers divides the sum, which is not what `mean` rounds to.
            vector = hidden.sum(dim=0) / len(hidden)
        else:
            vector = hidden[0]
        return {"embedding": F.normalize(vector, dim=-1) if self.normalizes else vector}


class BGEM3Encoder(Encoder):
    """BGE-M3 (Chen et al., 2024): dense, lexical and multi-vector in one pass."""

    IGNORED = ("<s>", "</s>", "<pad>", "<unk>")

    def __init__(self, folder: Path, max_length: int | None = None) -> None:
        super().__init__(folder, max_length or 8192)
        self.module = AutoModel.from_pretrained(
            folder, torch_dtype=torch.float32, attn_implementation="eager"
        ).eval()
        self.sparse = self.head(folder / "sparse_linear.pt")
        self.colbert = self.head(folder / "colbert_linear.pt")
        self.ignored = {self.tokenizer.token_to_id(token) for token in self.IGNORED}

    @staticmethod
    def head(path: Path) -> nn.Linear:
        state = torch.load(path, map_location="cpu", weights_only=True)
        outputs, inputs = state["weight"].shape
        linear = nn.Linear(inputs, outputs)
        linear.load_state_dict(state)
        return linear

    def encode(self, item: Item, images: Path) -> dict[str, Tensor]:
        ids = self.ids(item["text"])
        hidden = self.module(torch.tensor([ids])).last_hidden_state[0]  # [T, C]
        strongest: dict[int, Tensor] = {}
        for token, weight in zip(ids, F.relu(self.sparse(hidden))[:, 0]):
            if token not in self.ignored and weight > strongest.get(token, 0):
                strongest[token] = weight
        lexical = sorted(strongest.items())
        return {
            "embedding": F.normalize(hidden[0], dim=-1),
            "lexical_ids": torch.tensor([token for token, _ in lexical], dtype=torch.int64),
            "lexical_weights": torch.tensor([float(weight) for _, weight in lexical]),
            "colbert": F.normalize(self.colbert(hidden[1:]), dim=-1),
        }


class CLIPEncoder(Encoder):
    """CLIP in transformers' layout; an item is a text or an image, never both."""

    def __init__(self, folder: Path, max_length: int | None = None) -> None:
        positions = read_json(folder / "config.json")["text_config"]
        super().__init__(folder, max_length or positions.get("max_position_embeddings", 77))
        self.module = CLIPModel.from_pretrained(
            folder, torch_dtype=torch.float32, attn_implementation="eager"
        ).eval()
        self.module.config.output_attentions = True
        self.processor = CLIPImageProcessor.from_pretrained(folder)

    def encode(self, item: Item, images: Path) -> dict[str, Tensor]:
        if "text" in item and "image" in item:
            raise ValueError("CLIP has no fused items")
        if "text" in item:
            vector = self.module.get_text_features(torch.tensor([self.ids(item["text"])]))
        else:
            # Said outright, because one pixel's array looks as if its channels came first.
            image = Image.open(images / item["image"]).convert("RGB")
            batch = self.processor(image, input_data_format="channels_last", return_tensors="pt")
            vector = self.module.get_image_features(batch["pixel_values"])
        return {"embedding": F.normalize(vector[0], dim=-1)}


def fuse_attention(module: nn.Module) -> None:
    """Lets XLM-RoBERTa's layers attend without a [heads, T, T] tensor, which 8,192 tokens need.

    transformers 4.44 has no such attention for this model. A result differs in rounding only.
    """

    def forward(self: nn.Module, hidden: Tensor, *_: object) -> tuple[Tensor]:
        linears = (self.query, self.key, self.value)
        q, k, v = (self.transpose_for_scores(linear(hidden)) for linear in linears)
        return (F.scaled_dot_product_attention(q, k, v).transpose(1, 2).flatten(-2),)

    for layer in module.modules():
        if isinstance(layer, XLMRobertaSelfAttention):
            layer.forward = MethodType(forward, layer)


def load(model: Path, text_model: Path | None = None, max_length: int | None = None) -> Encoder:
    """The encoder for a folder, or for a Visualized-BGE `.pth` with its text model's folder."""
    if model.is_file():
        return VisualizedBGEEncoder(model, text_model or model.parent, max_length)
    checkpoints = sorted(model.glob("Visualized*.pth"))
    if checkpoints:
        return VisualizedBGEEncoder(checkpoints[0], text_model or model, max_length)
    if (model / "sparse_linear.pt").exists():
        return BGEM3Encoder(model, max_length)
    if read_json(model / "config.json")["model_type"] == "clip":
        return CLIPEncoder(model, max_length)
    return SentenceEncoder(model, max_length)
