"""Writes how fast heads turn whose frequencies are scaled: rotary.json.

python rotary.py GOLDENS, where GOLDENS is Tests/Support/Goldens. What transformers computes of
configurations, each for a text of so many tokens: those of Llama 3.1 and 3.2, Qwen's YaRN, and others
beside them.
"""

import json
import pathlib
import sys

import torch
from transformers import LlamaConfig
from transformers.models.llama.modeling_llama import LlamaRotaryEmbedding


def llama3(factor, low=1.0, high=4.0, trained=8192):
    return {"rope_type": "llama3", "factor": factor, "low_freq_factor": low, "high_freq_factor": high,
            "original_max_position_embeddings": trained}


def yarn(factor, trained, **more):
    return {"rope_type": "yarn", "factor": factor, "original_max_position_embeddings": trained, **more}


LONG = {"type": "longrope", "short_factor": [1 + i / 50 for i in range(48)],
        "long_factor": [1 + i * i / 40 for i in range(48)]}

POSITIONS = 131072
# Width, base, scaling; keys beside them; tokens.
CASES = [
    (64, 5e5, llama3(32.0)), (128, 5e5, llama3(8.0)), (80, 1e4, llama3(3.0, 1.5, 7.0, 1000)),
    (128, 1e6, {"rope_type": "linear", "factor": 4.0}), (64, 1e4, {"type": "linear", "factor": 3.0}),
    (128, 1e6, yarn(4.0, 32768)), (64, 1e4, yarn(16.0, 4096, beta_fast=20, beta_slow=2.0)),
    (128, 1e6, yarn(8, 8192, truncate=False, attention_factor=1.1)),
    (64, 5e5, yarn(None, 32768, mscale=1.0, mscale_all_dim=0.5)),
    # Both bounds on one pair, and beside it the key of an older file.
    (16, 1e4, yarn(2.0, 4, beta_fast=1.0, beta_slow=1.0)),
    (128, 1e6, yarn(40.0, 4096), {"original_max_position_embeddings": 16384}),
    (64, 1e4, {"type": "yarn", "factor": 0.5}),
    (96, 1e4, LONG, {"original_max_position_embeddings": 4096}, 4096),
    (96, 1e4, LONG, {"original_max_position_embeddings": 4096}, 4097),
    (96, 2e4, {**LONG, "factor": 4.0, "original_max_position_embeddings": 8192}, {}, 9000),
    (96, 2e4, {**LONG, "attention_factor": 1.25}, {}, 100),
    (128, 1e4, {"type": "dynamic", "factor": 2.0}, {"max_position_embeddings": 4096}, 4096),
    (128, 1e4, {"type": "dynamic", "factor": 2.0}, {"max_position_embeddings": 4096}, 5000),
    (64, 1e6, {"rope_type": "dynamic", "factor": 2.5}, {"max_position_embeddings": 2048}, 12345),
]

items = []
for width, base, scaling, *more in CASES:
    beside, tokens = more[0] if more else {}, more[1] if len(more) > 1 else POSITIONS
    keys = {"rope_theta": base, "max_position_embeddings": POSITIONS, **beside}
    config = LlamaConfig(hidden_size=4 * width, num_attention_heads=4, head_dim=width,
                         rope_scaling=dict(scaling), **keys)
    rotary = LlamaRotaryEmbedding(config)
    rotary(torch.zeros(1), torch.arange(tokens)[None])
    items.append({"head_dim": width, **keys, "rope_scaling": scaling, "tokens": tokens,
                  "inverse_frequencies": rotary.inv_freq.tolist(),
                  "attention_factor": float(rotary.attention_scaling)})
(pathlib.Path(sys.argv[1]) / "rotary.json").write_text(
    '{"items": [' + ",\n".join(json.dumps(item) for item in items) + "]}\n")
