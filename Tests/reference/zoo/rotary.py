"""Writes how fast heads turn whose frequencies are scaled: rotary.json.

python rotary.py GOLDENS, where GOLDENS is Tests/Support/Goldens. What transformers computes of
configurations: those of Llama 3.1 and 3.2, and others beside them.
"""

import json
import pathlib
import sys

from transformers import LlamaConfig
from transformers.modeling_rope_utils import ROPE_INIT_FUNCTIONS


def llama3(factor, low=1.0, high=4.0, trained=8192):
    return {"rope_type": "llama3", "factor": factor, "low_freq_factor": low, "high_freq_factor": high,
            "original_max_position_embeddings": trained}


CASES = [
    (64, 5e5, llama3(32.0)), (128, 5e5, llama3(8.0)), (80, 1e4, llama3(3.0, 1.5, 7.0, 1000)),
    (128, 1e6, {"rope_type": "linear", "factor": 4.0}), (64, 1e4, {"type": "linear", "factor": 3.0}),
]

items = []
for width, base, scaling in CASES:
    config = LlamaConfig(hidden_size=4 * width, num_attention_heads=4, head_dim=width, rope_theta=base,
                         rope_scaling=dict(scaling), max_position_embeddings=131072)
    kind = config.rope_parameters["rope_type"]
    values, factor = ROPE_INIT_FUNCTIONS[kind](config, "cpu")
    assert factor == 1
    items.append({"head_dim": width, "rope_theta": base, "rope_scaling": scaling,
                  "inverse_frequencies": values.tolist()})
(pathlib.Path(sys.argv[1]) / "rotary.json").write_text(
    '{"items": [' + ",\n".join(json.dumps(item) for item in items) + "]}\n")
