"""Visualized-BGE (Zhou et al., "VISTA", 2024) in PyTorch, for comparison with Tessera.

The module tree gives the parameter names of the published checkpoints, so that one loads with
`strict=True`, and a forward hook sees the stages under the names that Tessera's traces use.
`nn.Identity` modules mark stages that are not the output of any other module.

EVA02 follows Fang et al., "EVA-02" (2023): pre-norm, SwiGLU, rotary embedding, and LayerNorms
inside attention and feed-forward.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import isqrt
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from transformers import AutoConfig, AutoModel

EVA_EPSILON = 1e-6


@dataclass(frozen=True)
class EVAConfig:
    image_size: int
    patch_size: int
    width: int
    depth: int
    head_width: int
    hidden: int
    """The inner width of the feed-forward, int(2.6667 · width)."""
    output: int
    """The width of CLIP's joint space; Visualized-BGE never goes there."""

    @property
    def heads(self) -> int:
        return self.width // self.head_width

    @property
    def grid(self) -> int:
        """Patches along one side."""
        return self.image_size // self.patch_size

    @staticmethod
    def of(state: dict[str, Tensor]) -> "EVAConfig":
        """The sizes, which no config file states, from the shapes in a checkpoint."""
        visual = "model_visual.visual."
        width, _, patch_size, _ = state[visual + "patch_embed.proj.weight"].shape
        grid = isqrt(state[visual + "pos_embed"].shape[1] - 1)
        blocks = {key.split(".")[3] for key in state if key.startswith(visual + "blocks.")}
        return EVAConfig(
            image_size=grid * patch_size,
            patch_size=patch_size,
            width=width,
            depth=len(blocks),
            head_width=state[visual + "rope.freqs_cos"].shape[1],
            hidden=state[visual + "blocks.0.mlp.w1.weight"].shape[0],
            output=state[visual + "head.weight"].shape[0],
        )


class Rope(nn.Module):
    """Rotary embedding over a grid: rows turn the first half of a head, columns the second."""

    TRAINED_GRID = 16

    def __init__(self, config: EVAConfig) -> None:
        super().__init__()
        half, grid = config.head_width // 2, config.grid
        frequencies = 10_000.0 ** (-torch.arange(0, half, 2).float() / half)
        places = torch.arange(grid) / grid * self.TRAINED_GRID
        angles = torch.outer(places, frequencies).repeat_interleave(2, dim=1)  # [grid, half]
        rows = angles[:, None, :].expand(grid, grid, half)
        columns = angles[None, :, :].expand(grid, grid, half)
        both = torch.cat([rows, columns], dim=-1).reshape(grid * grid, 2 * half)
        # A checkpoint brings its own tables, and they win.
        self.register_buffer("freqs_cos", both.cos())
        self.register_buffer("freqs_sin", both.sin())

    def forward(self, x: Tensor) -> Tensor:
        """[B, H, 1 + P, D] → the same; the class token stays as it is."""
        first, patches = x[..., :1, :], x[..., 1:, :]
        even, odd = patches[..., 0::2], patches[..., 1::2]
        turned = torch.stack([-odd, even], dim=-1).flatten(-2)
        return torch.cat([first, patches * self.freqs_cos + turned * self.freqs_sin], dim=-2)


class Projection(nn.Linear):
    """A linear layer whose bias is kept by its owner."""

    def __init__(self, width: int) -> None:
        super().__init__(width, width, bias=False)

    def forward(self, x: Tensor, bias: Tensor | None = None) -> Tensor:
        return F.linear(x, self.weight, bias)


class EVAAttention(nn.Module):
    def __init__(self, config: EVAConfig, rope: Rope) -> None:
        super().__init__()
        width = config.width
        self.heads = config.heads
        self.q_proj = Projection(width)
        self.k_proj = Projection(width)
        self.v_proj = Projection(width)
        self.q_bias = nn.Parameter(torch.zeros(width))
        self.v_bias = nn.Parameter(torch.zeros(width))
        self.inner_attn_ln = nn.LayerNorm(width, eps=EVA_EPSILON)
        self.proj = nn.Linear(width, width)
        self.rope = rope
        self.probs = nn.Identity()

    def forward(self, x: Tensor) -> Tensor:
        def split(projected: Tensor) -> Tensor:  # [B, T, H·D] → [B, H, T, D]
            return projected.unflatten(-1, (self.heads, -1)).transpose(1, 2)

        q = self.rope(split(self.q_proj(x, self.q_bias)))
        k = self.rope(split(self.k_proj(x)))
        v = split(self.v_proj(x, self.v_bias))
        scores = (q * q.shape[-1] ** -0.5) @ k.transpose(-2, -1)
        context = self.probs(scores.softmax(dim=-1)) @ v
        return self.proj(self.inner_attn_ln(context.transpose(1, 2).flatten(-2)))


class SwiGLU(nn.Module):
    def __init__(self, config: EVAConfig) -> None:
        super().__init__()
        self.w1 = nn.Linear(config.width, config.hidden)
        self.w2 = nn.Linear(config.width, config.hidden)
        self.ffn_ln = nn.LayerNorm(config.hidden, eps=EVA_EPSILON)
        self.w3 = nn.Linear(config.hidden, config.width)

    def forward(self, x: Tensor) -> Tensor:
        return self.w3(self.ffn_ln(F.silu(self.w1(x)) * self.w2(x)))


class EVABlock(nn.Module):
    def __init__(self, config: EVAConfig, rope: Rope) -> None:
        super().__init__()
        self.norm1 = nn.LayerNorm(config.width, eps=EVA_EPSILON)
        self.attn = EVAAttention(config, rope)
        self.norm2 = nn.LayerNorm(config.width, eps=EVA_EPSILON)
        self.mlp = SwiGLU(config)

    def forward(self, x: Tensor) -> Tensor:
        x = x + self.attn(self.norm1(x))
        return x + self.mlp(self.norm2(x))


class PatchEmbed(nn.Module):
    def __init__(self, config: EVAConfig) -> None:
        super().__init__()
        side = config.patch_size
        self.proj = nn.Conv2d(3, config.width, kernel_size=side, stride=side)

    def forward(self, pixels: Tensor) -> Tensor:
        return self.proj(pixels).flatten(2).transpose(1, 2)  # [B, P, C]


class EVATower(nn.Module):
    """[B, 3, S, S] → [B, 1 + P, C], the last block's tokens: `norm` and `head` are in the
    checkpoint, and unused."""

    def __init__(self, config: EVAConfig) -> None:
        super().__init__()
        self.cls_token = nn.Parameter(torch.zeros(1, 1, config.width))
        self.pos_embed = nn.Parameter(torch.zeros(1, 1 + config.grid**2, config.width))
        self.patch_embed = PatchEmbed(config)
        self.rope = Rope(config)
        self.blocks = nn.ModuleList(EVABlock(config, self.rope) for _ in range(config.depth))
        self.norm = nn.LayerNorm(config.width, eps=EVA_EPSILON)
        self.head = nn.Linear(config.width, config.output)
        self.embeddings = nn.Identity()

    def forward(self, pixels: Tensor) -> Tensor:
        patches = self.patch_embed(pixels)
        tokens = torch.cat([self.cls_token.expand(patches.shape[0], -1, -1), patches], dim=1)
        x = self.embeddings(tokens + self.pos_embed)
        for block in self.blocks:
            x = block(x)
        return x


class CLIPVisual(nn.Module):
    """What the published model keeps of EVA-CLIP: the tower, and a scale that nothing uses."""

    def __init__(self, config: EVAConfig) -> None:
        super().__init__()
        self.logit_scale = nn.Parameter(torch.zeros(()))
        self.visual = EVATower(config)


class VisualizedBGE(nn.Module):
    def __init__(self, text_folder: str | Path, config: EVAConfig) -> None:
        super().__init__()
        text_config = AutoConfig.from_pretrained(text_folder)
        # The eager attention is the one that has its probabilities to show.
        text = AutoModel.from_config(text_config, attn_implementation="eager")
        self.image_size = config.image_size
        self.bge_encoder = text.encoder
        self.bge_embeddings = text.embeddings
        self.bge_pooler = text.pooler
        self.model_visual = CLIPVisual(config)
        self.visual_proj = nn.Linear(config.width, text_config.hidden_size)
        self.fusion = nn.Identity()

    @staticmethod
    def load(checkpoint: str | Path, text_folder: str | Path) -> "VisualizedBGE":
        """The model in float32 and in evaluation mode, whatever the file's dtype."""
        state = torch.load(checkpoint, map_location="cpu", weights_only=True, mmap=True)
        # Older versions of transformers saved this count from zero.
        state.pop("bge_embeddings.position_ids", None)
        model = VisualizedBGE(text_folder, EVAConfig.of(state))
        model.load_state_dict(state, strict=True)
        return model.eval()

    def forward(self, ids: Sequence[int], pixels: Tensor | None = None) -> Tensor:
        """The normalised vector of a text, of an image with the empty text, or of both.

        `ids` has the special tokens; `pixels` is [3, S, S].
        """
        text_ids = torch.tensor([list(ids)])
        tokens = self.words(text_ids) if pixels is None else self.fused(text_ids, pixels)
        hidden = self.bge_encoder(self.fusion(tokens)).last_hidden_state
        return F.normalize(hidden[0, 0], dim=-1)

    def words(self, ids: Tensor, positions: Tensor | None = None) -> Tensor:
        return self.bge_embeddings(
            input_ids=ids, position_ids=positions, token_type_ids=torch.zeros_like(ids)
        )

    def fused(self, ids: Tensor, pixels: Tensor) -> Tensor:
        """[CLS], the image at positions 1 … P, then the rest of the text from P + 1."""
        patches = self.visual_proj(self.model_visual.visual(pixels[None])[:, 1:])
        after = 1 + patches.shape[1]
        places = self.bge_embeddings.position_embeddings(torch.arange(1, after))
        # A picture has a position but no token type.
        image = self.bge_embeddings.LayerNorm(patches + places)
        rest = torch.arange(after, after + ids.shape[1] - 1)
        text = self.words(ids, torch.cat([torch.zeros(1, dtype=torch.long), rest]))
        return torch.cat([text[:, :1], image, text[:, 1:]], dim=1)
