"""Writes models that chat at their real size with random weights, to be timed.

    chat_models.py GOLDENS OUT [--dtype bfloat16], where GOLDENS is Tests/Support/Goldens

OUT/smolvlm-256m has the sizes of SmolVLM-256M-Instruct, OUT/llava-onevision-0.5b those of
llava-onevision-qwen2-0.5b-ov. Tokenizers and templates are those of the small models of GOLDENS; no
token ends an answer, so that each has as many as are asked for.
"""

import argparse
import json
import shutil
from pathlib import Path

import torch
from transformers import AutoConfig, AutoModelForImageTextToText

PINPOINTS = [[384 * rows, 384 * columns] for rows in range(1, 7) for columns in range(1, 7)]

# Name: the small model, and what differs from its config, its image processor and its processor.
MODELS = {
    "smolvlm-256m": ("smolvlm", {
        "scale_factor": 4,
        "text_config": {"hidden_size": 576, "intermediate_size": 1536, "num_hidden_layers": 30,
                        "num_attention_heads": 9, "num_key_value_heads": 3, "head_dim": 64,
                        "max_position_embeddings": 8192, "vocab_size": 49280},
        "vision_config": {"hidden_size": 768, "intermediate_size": 3072, "num_hidden_layers": 12,
                          "num_attention_heads": 12, "image_size": 512, "patch_size": 16},
    }, {"size": {"longest_edge": 2048}, "max_image_size": {"longest_edge": 512}},
        {"image_seq_len": 64}),
    "llava-onevision-0.5b": ("llava-onevision", {
        "image_grid_pinpoints": PINPOINTS, "vision_aspect_ratio": "anyres_max_9",
        "text_config": {"hidden_size": 896, "intermediate_size": 4864, "num_hidden_layers": 24,
                        "num_attention_heads": 14, "num_key_value_heads": 2,
                        "max_position_embeddings": 32768, "vocab_size": 152000},
        "vision_config": {"hidden_size": 1152, "intermediate_size": 4304, "num_hidden_layers": 26,
                          "num_attention_heads": 16, "image_size": 384, "patch_size": 14},
    }, {"size": {"height": 384, "width": 384}, "image_grid_pinpoints": PINPOINTS},
        {"num_image_tokens": 729, "vision_aspect_ratio": "anyres_max_9"}),
}


def changed(path: Path, changes: dict) -> dict:
    values = json.loads(path.read_text())
    for key, value in changes.items():
        values[key] = {**values[key], **value} if isinstance(values.get(key), dict) else value
    return values


def write(path: Path, values: dict) -> None:
    path.write_text(json.dumps(values, indent=1))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("goldens", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--dtype", choices=["float32", "bfloat16"], default="float32")
    options = parser.parse_args()
    torch.manual_seed(0)
    for name, (small, config, images, processor) in MODELS.items():
        source, folder = options.goldens / "zoo" / small, options.out / name
        folder.mkdir(parents=True, exist_ok=True)
        config = changed(source / "config.json", config)
        config["text_config"]["eos_token_id"] = None
        config.pop("dtype", None)
        dtype = getattr(torch, options.dtype)
        model = AutoModelForImageTextToText.from_config(AutoConfig.for_model(**config))
        model.to(dtype).save_pretrained(folder)
        write(folder / "config.json", {**config, "architectures": [type(model).__name__]})
        write(folder / "generation_config.json", {"bos_token_id": 1, "pad_token_id": 2})
        write(folder / "preprocessor_config.json",
              changed(source / "preprocessor_config.json", images))
        write(folder / "processor_config.json",
              changed(source / "processor_config.json", processor))
        for file in ["chat_template.jinja", "tokenizer.json", "tokenizer_config.json"]:
            shutil.copy(source / file, folder / file)


if __name__ == "__main__":
    main()
