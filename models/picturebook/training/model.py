"""Visualized-BGE at the size of a picture book, in batches.

The module tree gives the names of the published checkpoints, so that the state dictionary goes
through weights-converter like any other.
"""

import json
from dataclasses import dataclass
from math import isqrt
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from tokens import CLS, PAD, SEP


@dataclass(frozen=True)
class Sizes:
    vocabulary: int
    width: int = 128
    heads: int = 4
    layers: int = 3
    intermediate: int = 512
    positions: int = 128
    blocks: int = 3
    swiglu: int = 352
    image: int = 64
    patch: int = 8

    @property
    def grid(self) -> int:
        return self.image // self.patch

    def text_config(self) -> dict:
        """config.json of the text encoder, as transformers would write it."""
        return {
            "architectures": ["BertModel"],
            "model_type": "bert",
            "vocab_size": self.vocabulary,
            "hidden_size": self.width,
            "num_hidden_layers": self.layers,
            "num_attention_heads": self.heads,
            "intermediate_size": self.intermediate,
            "hidden_act": "gelu",
            "hidden_dropout_prob": 0.0,
            "attention_probs_dropout_prob": 0.0,
            "max_position_embeddings": self.positions,
            "type_vocab_size": 2,
            "initializer_range": 0.02,
            "layer_norm_eps": 1e-12,
            "pad_token_id": PAD,
            "position_embedding_type": "absolute",
        }

    def write_text_config(self, folder: Path) -> None:
        text = json.dumps(self.text_config(), indent=2) + "\n"
        (folder / "config.json").write_text(text, encoding="utf-8")


def split_heads(x: Tensor, heads: int) -> Tensor:
    return x.unflatten(-1, (heads, -1)).transpose(1, 2)


def softmax(scores: Tensor) -> Tensor:
    return torch.softmax(scores, dim=-1, dtype=scores.dtype)


def attend(q: Tensor, k: Tensor, v: Tensor, mask: Tensor | None) -> Tensor:
    # Written out: on a CPU, short sequences are faster so than in one fused step.
    scores = (q * q.shape[-1] ** -0.5) @ k.transpose(-2, -1)
    if mask is not None:
        scores = scores.masked_fill(~mask, -1e4)
    context = softmax(scores) @ v
    return context.transpose(1, 2).flatten(-2)


class Rope(nn.Module):
    """EVA02's rotary embedding: rows turn the first half of a head, columns the second."""

    def __init__(self, sizes: Sizes) -> None:
        super().__init__()
        grid, half = sizes.grid, sizes.width // sizes.heads // 2
        frequencies = 10_000.0 ** (-torch.arange(0, half, 2).float() / half)
        places = torch.arange(grid) / grid * 16
        angles = torch.outer(places, frequencies).repeat_interleave(2, dim=1)
        rows = angles[:, None, :].expand(grid, grid, half)
        columns = angles[None, :, :].expand(grid, grid, half)
        both = torch.cat([rows, columns], dim=-1).flatten(0, 1)
        # Rounded to 16 bits, as they are stored.
        self.register_buffer("freqs_cos", both.cos().half().float())
        self.register_buffer("freqs_sin", both.sin().half().float())

    def forward(self, x: Tensor) -> Tensor:
        first, patches = x[..., :1, :], x[..., 1:, :]
        turned = torch.stack([-patches[..., 1::2], patches[..., 0::2]], dim=-1).flatten(-2)
        rotated = patches * self.freqs_cos.to(x.dtype) + turned * self.freqs_sin.to(x.dtype)
        return torch.cat([first, rotated], dim=-2)


class EVAAttention(nn.Module):
    def __init__(self, sizes: Sizes, rope: Rope) -> None:
        super().__init__()
        width = sizes.width
        self.heads = sizes.heads
        self.q_proj = nn.Linear(width, width, bias=False)
        self.k_proj = nn.Linear(width, width, bias=False)
        self.v_proj = nn.Linear(width, width, bias=False)
        self.q_bias = nn.Parameter(torch.zeros(width))
        self.v_bias = nn.Parameter(torch.zeros(width))
        self.inner_attn_ln = nn.LayerNorm(width, eps=1e-6)
        self.proj = nn.Linear(width, width)
        self.rope = rope

    def forward(self, x: Tensor) -> Tensor:
        q = self.rope(split_heads(F.linear(x, self.q_proj.weight, self.q_bias), self.heads))
        k = self.rope(split_heads(F.linear(x, self.k_proj.weight), self.heads))
        v = split_heads(F.linear(x, self.v_proj.weight, self.v_bias), self.heads)
        return self.proj(self.inner_attn_ln(attend(q, k, v, None)))


class SwiGLU(nn.Module):
    def __init__(self, sizes: Sizes) -> None:
        super().__init__()
        self.w1 = nn.Linear(sizes.width, sizes.swiglu)
        self.w2 = nn.Linear(sizes.width, sizes.swiglu)
        self.ffn_ln = nn.LayerNorm(sizes.swiglu, eps=1e-6)
        self.w3 = nn.Linear(sizes.swiglu, sizes.width)

    def forward(self, x: Tensor) -> Tensor:
        return self.w3(self.ffn_ln(F.silu(self.w1(x)) * self.w2(x)))


class EVABlock(nn.Module):
    def __init__(self, sizes: Sizes, rope: Rope) -> None:
        super().__init__()
        self.norm1 = nn.LayerNorm(sizes.width, eps=1e-6)
        self.attn = EVAAttention(sizes, rope)
        self.norm2 = nn.LayerNorm(sizes.width, eps=1e-6)
        self.mlp = SwiGLU(sizes)

    def forward(self, x: Tensor) -> Tensor:
        x = x + self.attn(self.norm1(x))
        return x + self.mlp(self.norm2(x))


class PatchEmbed(nn.Module):
    def __init__(self, sizes: Sizes) -> None:
        super().__init__()
        self.proj = nn.Conv2d(3, sizes.width, kernel_size=sizes.patch, stride=sizes.patch)

    def forward(self, pixels: Tensor) -> Tensor:
        # The convolution of disjoint patches is a product.
        side = self.proj.kernel_size[0]
        b, c, h, w = pixels.shape
        patches = pixels.reshape(b, c, h // side, side, w // side, side).permute(0, 2, 4, 1, 3, 5)
        return F.linear(patches.flatten(3).flatten(1, 2), self.proj.weight.flatten(1), self.proj.bias)


class EVATower(nn.Module):
    """[B, 3, S, S] → [B, 1 + P, C], as the tokens leave the last block."""

    def __init__(self, sizes: Sizes) -> None:
        super().__init__()
        self.cls_token = nn.Parameter(torch.zeros(1, 1, sizes.width))
        self.pos_embed = nn.Parameter(torch.zeros(1, 1 + sizes.grid**2, sizes.width))
        self.patch_embed = PatchEmbed(sizes)
        self.rope = Rope(sizes)
        self.blocks = nn.ModuleList(EVABlock(sizes, self.rope) for _ in range(sizes.blocks))
        # In published checkpoints, and not used by Visualized-BGE.
        self.norm = nn.LayerNorm(sizes.width, eps=1e-6)
        self.head = nn.Linear(sizes.width, sizes.width)

    def forward(self, pixels: Tensor) -> Tensor:
        patches = self.patch_embed(pixels)
        x = torch.cat([self.cls_token.expand(len(patches), -1, -1).to(patches.dtype), patches], dim=1)
        x = x + self.pos_embed
        for block in self.blocks:
            x = block(x)
        return x


class CLIPVisual(nn.Module):
    def __init__(self, sizes: Sizes) -> None:
        super().__init__()
        self.logit_scale = nn.Parameter(torch.zeros(()))
        self.visual = EVATower(sizes)


class BERTSelf(nn.Module):
    def __init__(self, sizes: Sizes) -> None:
        super().__init__()
        self.heads = sizes.heads
        self.query = nn.Linear(sizes.width, sizes.width)
        self.key = nn.Linear(sizes.width, sizes.width)
        self.value = nn.Linear(sizes.width, sizes.width)

    def forward(self, asking: Tensor, x: Tensor, mask: Tensor | None) -> Tensor:
        q = split_heads(self.query(asking), self.heads)
        k, v = split_heads(self.key(x), self.heads), split_heads(self.value(x), self.heads)
        return attend(q, k, v, mask)


class BERTOutput(nn.Module):
    """A product, the residual, the norm."""

    def __init__(self, inputs: int, width: int) -> None:
        super().__init__()
        self.dense = nn.Linear(inputs, width)
        self.LayerNorm = nn.LayerNorm(width, eps=1e-12)

    def forward(self, x: Tensor, residual: Tensor) -> Tensor:
        return self.LayerNorm(self.dense(x) + residual)


class BERTAttention(nn.Module):
    def __init__(self, sizes: Sizes) -> None:
        super().__init__()
        self.self = BERTSelf(sizes)
        self.output = BERTOutput(sizes.width, sizes.width)

    def forward(self, asking: Tensor, x: Tensor, mask: Tensor | None) -> Tensor:
        return self.output(self.self(asking, x, mask), asking)


class BERTIntermediate(nn.Module):
    def __init__(self, sizes: Sizes) -> None:
        super().__init__()
        self.dense = nn.Linear(sizes.width, sizes.intermediate)


class BERTLayer(nn.Module):
    def __init__(self, sizes: Sizes) -> None:
        super().__init__()
        self.attention = BERTAttention(sizes)
        self.intermediate = BERTIntermediate(sizes)
        self.output = BERTOutput(sizes.intermediate, sizes.width)

    def forward(self, asking: Tensor, x: Tensor, mask: Tensor | None) -> Tensor:
        attended = self.attention(asking, x, mask)
        return self.output(F.gelu(self.intermediate.dense(attended)), attended)


class BERTEncoder(nn.Module):
    def __init__(self, sizes: Sizes) -> None:
        super().__init__()
        self.layer = nn.ModuleList(BERTLayer(sizes) for _ in range(sizes.layers))

    def forward(self, x: Tensor, mask: Tensor | None) -> Tensor:
        """The class token, as it leaves the last layer: there, only it needs to ask."""
        for layer in self.layer[:-1]:
            x = layer(x, x, mask)
        return self.layer[-1](x[:, :1], x, mask)[:, 0]


class BERTEmbeddings(nn.Module):
    def __init__(self, sizes: Sizes) -> None:
        super().__init__()
        self.word_embeddings = nn.Embedding(sizes.vocabulary, sizes.width)
        self.position_embeddings = nn.Embedding(sizes.positions, sizes.width)
        self.token_type_embeddings = nn.Embedding(2, sizes.width)
        self.LayerNorm = nn.LayerNorm(sizes.width, eps=1e-12)

    def forward(self, ids: Tensor, positions: Tensor) -> Tensor:
        words = self.word_embeddings(ids) + self.token_type_embeddings.weight[0]
        return self.LayerNorm(words + self.position_embeddings(positions))

    def of_picture(self, vectors: Tensor) -> Tensor:
        """Positions from 1, and no token type."""
        places = self.position_embeddings.weight[1 : 1 + vectors.shape[1]]
        return self.LayerNorm(vectors + places)


class BERTPooler(nn.Module):
    """In published checkpoints, and not used by Visualized-BGE."""

    def __init__(self, sizes: Sizes) -> None:
        super().__init__()
        self.dense = nn.Linear(sizes.width, sizes.width)


class VisualizedBGE(nn.Module):
    def __init__(self, sizes: Sizes) -> None:
        super().__init__()
        self.sizes = sizes
        self.bge_encoder = BERTEncoder(sizes)
        self.bge_embeddings = BERTEmbeddings(sizes)
        self.bge_pooler = BERTPooler(sizes)
        self.model_visual = CLIPVisual(sizes)
        self.visual_proj = nn.Linear(sizes.width, sizes.width)
        self.apply(initialize)
        visual = self.model_visual.visual
        for table in (visual.cls_token, visual.pos_embed):
            nn.init.normal_(table, std=0.02)

    @staticmethod
    def of(state: dict[str, Tensor], heads: int = 4) -> "VisualizedBGE":
        """The model of a checkpoint, with the sizes that its shapes tell."""
        visual = "model_visual.visual."

        def count(prefix: str) -> int:
            return len({key[len(prefix) :].split(".")[0] for key in state if key.startswith(prefix)})

        vocabulary, width = state["bge_embeddings.word_embeddings.weight"].shape
        patch = state[visual + "patch_embed.proj.weight"].shape[-1]
        sizes = Sizes(
            vocabulary=vocabulary,
            width=width,
            heads=heads,
            layers=count("bge_encoder.layer."),
            intermediate=state["bge_encoder.layer.0.intermediate.dense.weight"].shape[0],
            positions=state["bge_embeddings.position_embeddings.weight"].shape[0],
            blocks=count(visual + "blocks."),
            swiglu=state[visual + "blocks.0.mlp.w1.weight"].shape[0],
            image=isqrt(state[visual + "pos_embed"].shape[1] - 1) * patch,
            patch=patch,
        )
        model = VisualizedBGE(sizes)
        model.load_state_dict(state, strict=True)
        return model.eval()

    def patches(self, pixels: Tensor) -> Tensor:
        """Pictures as tokens of the text encoder: [B, 3, S, S] → [B, P, C]."""
        return self.visual_proj(self.model_visual.visual(pixels)[:, 1:])

    def texts(self, ids: Tensor) -> Tensor:
        """[B, T], padded at the end → vectors [B, C], normalised."""
        mask = (ids != PAD)[:, None, None, :]
        x = self.bge_embeddings(ids, torch.arange(ids.shape[1]))
        return self.vector(x, mask)

    def pairs(self, patches: Tensor, ids: Tensor) -> Tensor:
        """The picture stands behind the class token, at positions 1 … P."""
        count, length = patches.shape[1], ids.shape[1]
        positions = torch.cat([torch.zeros(1, dtype=torch.long), torch.arange(1, length) + count])
        words = self.bge_embeddings(ids, positions)
        picture = self.bge_embeddings.of_picture(patches)
        there = torch.ones(len(ids), count, dtype=torch.bool)
        mask = torch.cat([ids[:, :1] != PAD, there, ids[:, 1:] != PAD], dim=1)[:, None, None, :]
        x = torch.cat([words[:, :1], picture, words[:, 1:]], dim=1)
        return self.vector(x, None if length == 2 else mask)

    def pictures(self, patches: Tensor) -> Tensor:
        """A picture alone is a picture with the empty text."""
        return self.pairs(patches, torch.tensor([[CLS, SEP]]).expand(len(patches), 2))

    def vector(self, x: Tensor, mask: Tensor | None) -> Tensor:
        return F.normalize(self.bge_encoder(x, mask).float(), dim=-1)


def initialize(module: nn.Module) -> None:
    if isinstance(module, nn.Linear | nn.Conv2d | nn.Embedding):
        nn.init.normal_(module.weight, std=0.04)
    if isinstance(module, nn.Linear | nn.Conv2d) and module.bias is not None:
        nn.init.zeros_(module.bias)
